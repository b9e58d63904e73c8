"""What happens to every request and answer: guarded, recorded as it came, backed off from."""
