"""The command line: a verb, one call, its answer printed."""

from holdfast.cli.entry import main

__all__ = ["main"]
