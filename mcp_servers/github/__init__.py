"""The GitHub hand."""
