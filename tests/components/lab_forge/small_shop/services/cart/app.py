"""Cart."""

PORT = int("{{ CART_PORT }}")
KEEP_SECONDS = 60


def total(lines):
    return sum(line["cents"] for line in lines)
