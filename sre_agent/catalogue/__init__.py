"""Failure modes: data and small pure rules, one file for a family, and the remedies that fit."""
