"""The agents' inbox: what is listed and counted, how it is found, and what agents do with it."""
