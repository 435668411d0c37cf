"""A second large application: forty services of five teams in nine namespaces, with sidecars, operators and noise; imports no rule."""
