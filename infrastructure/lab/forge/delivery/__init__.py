"""From a commit to a roll-out: manifests filled in, applied as `kubectl apply` does, and watched."""
