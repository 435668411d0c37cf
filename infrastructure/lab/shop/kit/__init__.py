"""`shopkit`, the house library of the shop's services: what `from shopkit import …` gives them."""

from infrastructure.lab.shop.kit.app import App
from infrastructure.lab.shop.kit.errors import BadRequest, Conflict, HttpError, NotFound, SettingWrong
from infrastructure.lab.shop.kit.peer import Peer, PeerError
from infrastructure.lab.shop.kit.pool import Database, DatabaseError
from infrastructure.lab.shop.kit.request import Request
from infrastructure.lab.shop.kit.settings import milliseconds_by_name, number, one_of, text, whole

__all__ = [
    "App",
    "BadRequest",
    "Conflict",
    "Database",
    "DatabaseError",
    "HttpError",
    "NotFound",
    "Peer",
    "PeerError",
    "Request",
    "SettingWrong",
    "milliseconds_by_name",
    "number",
    "one_of",
    "text",
    "whole",
]
