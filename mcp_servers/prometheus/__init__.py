"""The Prometheus hand."""
