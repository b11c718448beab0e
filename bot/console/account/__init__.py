"""What users change of themselves: password, second factor, open sessions."""
