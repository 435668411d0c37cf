"""Diagnoses recorded incidents with no platform at hand: from a snapshot to an answer."""
