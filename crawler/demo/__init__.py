"""A small replica of the city's sites, served on loopback: everything in it is invented."""
