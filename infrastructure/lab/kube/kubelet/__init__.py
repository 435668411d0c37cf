"""What happens on a node: pods run, are probed, restarted, measured and reported."""
