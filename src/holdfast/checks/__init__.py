"""What must be true of the data before anybody sees a number made from it."""
