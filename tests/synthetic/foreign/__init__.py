"""Incidents as many other projects would have recorded them, each with few sources and in its own style; imports no rule."""
