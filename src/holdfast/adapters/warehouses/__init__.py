"""Engines that land, build and measure."""
