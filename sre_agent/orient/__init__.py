"""ORIENT: the picture of what was seen, and the diagnosis made from it."""
