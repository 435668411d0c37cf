"""The Loki hand."""
