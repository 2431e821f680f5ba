"""Planners that need another program."""
