"""Incident snapshots: read, check, write."""
