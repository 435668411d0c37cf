"""Which change brought it about: by time, reach, size and kind, and what it touches of what fails."""
