"""Campaigns: whom, what, when, the dry run, the start, and what it brought."""
