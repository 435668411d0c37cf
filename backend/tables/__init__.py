"""The tables by subject; `backend.models` is their index."""
