"""From alert to incident: identity, grouping, silence, flapping."""
