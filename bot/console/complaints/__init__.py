"""The complaint desk. Pages in `pages`; what they show is decided in modules without NiceGUI."""
