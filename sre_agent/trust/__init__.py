"""The trust ladder: what was agreed with, what that is worth, and who climbs or falls; pure."""
