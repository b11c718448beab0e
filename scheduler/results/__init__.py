"""What outreach brought: who answered, bought or said no after which message, and the figures of it."""
