"""The hands: one isolated process for each system that may be touched."""
