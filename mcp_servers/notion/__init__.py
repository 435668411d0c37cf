"""The runbooks hand: Notion, or a folder of Markdown."""
