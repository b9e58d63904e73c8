"""Whether each source does what it usually does, and whether the system itself does."""
