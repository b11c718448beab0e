"""What people write to companies, written by us as examples: the language and the intent models learn from it."""
