"""The messages that recur: what each does, whom it reaches, on or off."""
