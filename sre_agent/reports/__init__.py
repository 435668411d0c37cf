"""Statements, post-mortems and status updates: pure text from records."""
