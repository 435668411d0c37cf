"""Where objects live: one revision counter, a short history, and whoever watches."""
