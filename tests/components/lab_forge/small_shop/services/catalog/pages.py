"""Pages of the catalog."""

SIZE = 20
