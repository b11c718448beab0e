"""Campaigns: one message to many, once or in a series, planned by the code that sends it."""
