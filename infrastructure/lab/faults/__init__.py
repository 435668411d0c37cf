"""Faults as data: what people and machines do to the shop, each in a file, and how to make all of it good again."""
