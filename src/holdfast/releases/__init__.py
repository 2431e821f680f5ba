"""Figures, the gate they pass, their publication, revision and delivery."""
