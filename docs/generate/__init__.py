"""Writes docs/reference and the drawn parts of the README from the code: `make docs`. Nothing here ships."""
