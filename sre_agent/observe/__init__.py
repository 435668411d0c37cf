"""OBSERVE: whom to ask, what to ask, and the asking."""
