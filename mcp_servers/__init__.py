"""The hands: one isolated process for each system the agent may touch."""
