"""How tags are found: one module a kind, all over one text and one taxonomy."""
