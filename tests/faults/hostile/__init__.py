"""Named cases of a hostile web, and the outcome that each is defined to have."""
