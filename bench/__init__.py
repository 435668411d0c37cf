"""Measures the platform: real processes on this machine, figures with their targets, results in files."""
