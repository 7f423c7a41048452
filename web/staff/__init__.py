"""What staff see: queues, decisions, books."""
