"""HTTP, one resource a file; writes, defers and reads, and never runs the graph."""
