"""A small shop to break: a cluster, its traffic, its telemetry, and faults as data."""
