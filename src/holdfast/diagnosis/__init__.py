"""What is wrong now, from the records alone: each failing check, absent row and broken run goes to one cause."""
