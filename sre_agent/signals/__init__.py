"""PromQL shapes, baselines, change points and comparisons: pure numbers."""
