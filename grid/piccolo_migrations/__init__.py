"""The history of grid's tables."""
