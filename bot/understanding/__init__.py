"""What a text says: language, intents, facts, nearest FAQ answers. Pure and in memory."""
