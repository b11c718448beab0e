"""The sandbox channel: a stand-in for every other."""
