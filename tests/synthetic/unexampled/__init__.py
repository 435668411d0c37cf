"""A grocer's shop, recorded as the development incidents are, with causes that have no example there."""
