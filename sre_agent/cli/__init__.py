"""The command line, one command group a file; acts on a running platform through its API."""
