"""Checks of recovery: each asks the world one kind of question and answers with its numbers."""
