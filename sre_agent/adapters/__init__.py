"""One vendor a file: the ports, filled with real things."""
