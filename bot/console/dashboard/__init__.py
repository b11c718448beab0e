"""What a manager sees: figures of a period, what is open now, what lies behind each figure."""
