"""Holdfast runs business-metric pipelines and holds every number until it is right."""

__version__ = "0.1.0"
