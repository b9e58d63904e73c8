"""Attachments into text: pdf, office files new and old, archives, each read in a process apart."""
