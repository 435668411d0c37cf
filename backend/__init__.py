"""The filing cabinet: rows for incidents, users, audit and agent runs; knows nothing of the brain."""
