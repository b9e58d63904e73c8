"""Speed and quality, measured side by side: ratios within one run, never times."""
