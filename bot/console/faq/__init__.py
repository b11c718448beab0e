"""The FAQ: try a question, what was not understood, the entries and what they lack."""
