"""What the tool servers share: the factory, limits, error mapping, grants and redaction."""
