"""What investors read: the figures of a period with all that is known of them, as a page, a sheet, a deck, a file."""
