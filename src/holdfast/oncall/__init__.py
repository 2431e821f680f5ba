"""Who is on call: shifts, plans, what is fair, time off, exchanges, and who owns what. Pure."""
