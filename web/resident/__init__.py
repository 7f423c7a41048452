"""What residents see on their phones."""
