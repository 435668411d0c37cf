"""POST /graphql: read the query, walk the schema, answer with data or with GitHub's errors."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from infrastructure.lab.forge.api.answers import json_answer
from infrastructure.lab.forge.api.asking import body_of, caller
from infrastructure.lab.forge.api.desk import Desk
from infrastructure.lab.forge.api.graphql_language import QueryWrong, Selection, read_query
from infrastructure.lab.forge.api.graphql_schema import INTERFACES, Node, NotResolved, Schema

Path = tuple[str | int, ...]


class FieldUnknown(Exception):
    """The whole query is refused."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


@dataclass
class Execution:
    """One query being answered; field errors are collected, unknown fields end it."""

    schema: Schema
    errors: list[dict[str, Any]] = field(default_factory=list)

    async def object(self, node: Node, selections: Sequence[Selection], path: Path) -> dict[str, Any]:
        fields = list(_flatten(node.type, selections))
        values = await asyncio.gather(*(self._field(node, selection, path) for selection in fields))
        return dict(zip((selection.key for selection in fields), values, strict=True))

    async def _field(self, node: Node, selection: Selection, path: Path) -> Any:
        if selection.name == "__typename":
            return node.type
        resolver = self.schema.types[node.type].get(selection.name)
        if resolver is None:
            raise FieldUnknown(_undefined(node.type, selection, path))
        here = (*path, selection.key)
        try:
            value = await resolver(node.source, selection.arguments)
        except NotResolved as error:
            self.errors.append(
                {
                    "type": "NOT_FOUND",
                    "path": list(here),
                    "locations": [_location(selection)],
                    "message": str(error),
                }
            )
            return None
        return await self._complete(value, selection, here)

    async def _complete(self, value: Any, selection: Selection, path: Path) -> Any:
        if isinstance(value, Node):
            return await self.object(value, selection.children, path)
        if isinstance(value, list):
            return [await self._complete(item, selection, (*path, index)) for index, item in enumerate(value)]
        return value


class GraphqlRoutes:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def table(self) -> list[web.RouteDef]:
        return [web.post("/graphql", self.post), web.post("/api/graphql", self.post)]

    async def post(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        query, variables = body.get("query"), body.get("variables") or {}
        if not isinstance(query, str) or not isinstance(variables, Mapping):
            return json_answer(
                {"errors": [{"message": "A query attribute must be specified and must be a string."}]}
            )
        schema = Schema(self._desk, self._desk.links(request), caller(request).login)
        return json_answer(await _answer(schema, query, variables))


async def _answer(schema: Schema, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    execution = Execution(schema)
    try:
        operation, selections = read_query(query, variables)
        if operation != "query":
            return {"errors": [{"message": f"Schema is not configured for {operation}s"}]}
        data = await execution.object(Node("Query", None), selections, ())
    except QueryWrong as error:
        return {"errors": [{"message": str(error)}]}
    except FieldUnknown as error:
        return {"errors": [error.error]}
    return {"data": data, "errors": execution.errors} if execution.errors else {"data": data}


def _flatten(type_name: str, selections: Sequence[Selection]) -> list[Selection]:
    """The fields that apply to a type, fragments opened."""
    found: list[Selection] = []
    for selection in selections:
        if selection.name:
            found.append(selection)
        elif selection.on_type == type_name or type_name in INTERFACES.get(selection.on_type, ()):
            found += _flatten(type_name, selection.children)
    return found


def _undefined(type_name: str, selection: Selection, path: Path) -> dict[str, Any]:
    return {
        "path": ["query", *(part for part in path if isinstance(part, str)), selection.key],
        "extensions": {"code": "undefinedField", "typeName": type_name, "fieldName": selection.name},
        "locations": [_location(selection)],
        "message": f"Field '{selection.name}' doesn't exist on type '{type_name}'",
    }


def _location(selection: Selection) -> dict[str, int]:
    return {"line": selection.line, "column": selection.column}
