"""Segments: rules by form and by text beside each other, explained, counted, and shown with their members."""
