"""Kinds of source: how the lists of each are asked for and read."""
