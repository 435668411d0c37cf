"""The brain: decides what is wrong and what to do; touches no system but through ports."""
