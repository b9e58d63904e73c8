"""The parts of `crawler.repair`: one kind of damage, or one kind of knowledge about it, a module."""
