"""The set-up page: accounts, health, what waits for a decision, users, calendar."""
