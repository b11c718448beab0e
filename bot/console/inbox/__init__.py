"""The agents' inbox and conversations."""
