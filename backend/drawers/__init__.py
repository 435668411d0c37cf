"""The statements by noun; `backend.crud` is their index."""
