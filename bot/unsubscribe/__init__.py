"""`/u/<token>`: the way out of every message nobody asked for, and the choice of what to receive."""
