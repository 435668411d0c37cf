"""What people read, and (in `generate`) the pages that are written from the code itself."""
