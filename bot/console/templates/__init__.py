"""What the company says: its texts, with a preview as the customer sees them."""
