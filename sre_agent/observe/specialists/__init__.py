"""One file a specialist: its questions, the tool calls behind each, and what it claims from the answers."""
