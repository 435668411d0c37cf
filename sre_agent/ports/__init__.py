"""What the brain needs of the world, as Protocols; adapters fill them."""
