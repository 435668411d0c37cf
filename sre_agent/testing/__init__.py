"""Shipped understudies of the ports: in memory, held to the same suites as the adapters."""
