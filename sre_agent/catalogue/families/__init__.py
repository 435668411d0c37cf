"""One file for a family of causes: its data, and the rules that look for it."""
