"""The HTTP face: discovery, reads, writes, watches, tables and logs."""
