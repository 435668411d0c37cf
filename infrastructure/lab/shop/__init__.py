"""The shop that the lab breaks: its repository, the runtime that runs it, its front door and its customers."""
