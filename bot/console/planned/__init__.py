"""The calendar of everything that will go out."""
