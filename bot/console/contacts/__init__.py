"""Contacts: find them, know them, write down what they said, and bring files of them in."""
