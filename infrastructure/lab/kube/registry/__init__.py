"""The write path: from a request body to a stored object, through admission, validation and preconditions."""
