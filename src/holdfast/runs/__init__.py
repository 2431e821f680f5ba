"""What is due and stale, and building it."""
