"""ACT: one step at a time, proof of recovery, and the way back."""
