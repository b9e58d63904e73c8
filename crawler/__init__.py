"""What is out there, turned into clean articles. Knows HTTP and HTML; no database."""
