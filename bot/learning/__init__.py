"""What the bot learns from people: questions it had no answer for, phrasings and intents they set right."""
