"""Where published tables live and how readers see one consistent state."""
