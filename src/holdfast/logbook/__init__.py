"""What the records tell: the story of an incident, what comes next, the hand-off note, how the team did."""
