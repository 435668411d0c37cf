"""A Notion-compatible API that serves a folder of Markdown runbooks as pages of a database."""

from infrastructure.lab.knowledge.server import Knowledge

__all__ = ["Knowledge"]
