"""What tests, demos and users' own rehearsals need: a generated company and stand-ins for the outside world."""
