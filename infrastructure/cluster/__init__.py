"""A real control plane on this machine, for the contract that the lab's stand-in must keep: no Docker, no root."""
