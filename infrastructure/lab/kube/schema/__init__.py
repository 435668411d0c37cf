"""Which kinds are served, the shape of their fields, their defaults and the rules they must obey."""
