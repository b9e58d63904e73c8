"""What is known, and asking for it. Knows SQL; nothing of crawling."""
