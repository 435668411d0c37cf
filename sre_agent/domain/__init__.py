"""Nouns: frozen values with no I/O and no clock."""
