"""Appointments: what can be booked, when it is free, what a customer's words ask for. Pure: no clock, no database."""
