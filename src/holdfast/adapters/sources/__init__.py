"""Where source rows come from."""
