"""What runs in containers besides the product: how a container begins, and who makes the secrets of a launch."""
