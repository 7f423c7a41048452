"""What shops see: the till and what comes of it."""
