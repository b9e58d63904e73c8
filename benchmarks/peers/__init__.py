"""Other extractors, each run in an environment of its own from PyPI: scripts, imported by nobody."""
