"""The ground: compose, images, manifests, and the lab."""
