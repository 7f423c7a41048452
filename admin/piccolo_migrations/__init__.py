"""The history of admin's tables."""
