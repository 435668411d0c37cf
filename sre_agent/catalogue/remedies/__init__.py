"""Remedies, one file for a family: each a pure function from a hypothesis to draft steps."""
