"""DECIDE: the plan, the verdict on it, and the person's answer."""
