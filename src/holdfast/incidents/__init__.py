"""What is wrong, as incidents: signals joined by cause, two clocks, who is paged when, and what is still to be sent."""
