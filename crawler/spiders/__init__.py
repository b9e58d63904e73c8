"""Spiders: one for each kind of source, driven by the catalogue."""
