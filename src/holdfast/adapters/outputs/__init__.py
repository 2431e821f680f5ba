"""Places outputs are delivered to."""
