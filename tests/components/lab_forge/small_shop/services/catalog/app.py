"""Catalog."""


def names():
    return ["desk", "chair"]
