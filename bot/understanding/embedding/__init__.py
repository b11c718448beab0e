"""A sentence model of the operator's own: words in, a direction in space out. Pure arithmetic, NumPy alone."""
