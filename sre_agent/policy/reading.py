"""From law files to the law: every key, type, name, condition and sentence checked, every mistake listed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import yaml

from sre_agent.domain.law import Autonomy
from sre_agent.policy.clauses import (
    TERMS,
    read_default_level,
    read_freeze,
    read_level,
    read_rule,
    read_terms,
)
from sre_agent.policy.freezes import Freeze
from sre_agent.policy.lawbook import Law, Level, Rule, Terms
from sre_agent.policy.places import Reader
from sre_agent.policy.problems import LawError, Place, Problem

VERSION: Final = 1
SECTIONS: Final = ("name", "approval", "autonomy", "actions", "freezes", "rules")
_TOOL: Final = re.compile(r"[a-z0-9_-]+/[a-z0-9_]+")


@dataclass(frozen=True)
class LawFile:
    """One file of the law: its name, for messages, and its text."""

    name: str
    text: str


@dataclass
class _Draft:
    """What has been read so far, over all files."""

    actions: dict[str, frozenset[str]] = field(default_factory=dict)
    freezes: list[Freeze] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    default_levels: list[Autonomy] = field(default_factory=list)
    terms: Terms | None = None
    ids: set[str] = field(default_factory=set)

    def law(self) -> Law:
        return Law(
            actions=self.actions,
            freezes=tuple(self.freezes),
            rules=tuple(self.rules),
            terms=self.terms or Terms(),
            levels=tuple(self.levels),
            autonomy=min(self.default_levels, key=lambda level: level.rank, default=Autonomy.ACT),
        )


def read_law(files: Sequence[LawFile]) -> Law:
    """The law these files make together. Raises LawError with every mistake, each with place and remedy."""
    draft = _Draft()
    readers = [_FileReader(file, draft) for file in files]
    for reader in readers:
        reader.read_frame()
    for reader in readers:
        reader.read_rules()
    problems = [problem for reader in readers for problem in reader.problems]
    if not problems and not draft.rules:
        place = Place(files[0].name if files else "policies.yaml", 1, 1)
        problems.append(Problem(place, "the law has no rules", "write at least one under `rules:`"))
    if problems:
        raise LawError(tuple(problems))
    return draft.law()


class _FileReader:
    """Reads one file into the draft: first what rules rely on, then, when all files are that far, the rules."""

    def __init__(self, file: LawFile, draft: _Draft) -> None:
        self._source = file.text
        self._draft = draft
        self._reader = Reader(file.name)
        self._fields: dict[str, yaml.Node] = {}

    @property
    def problems(self) -> list[Problem]:
        return self._reader.problems

    def read_frame(self) -> None:
        root = self._reader.document(self._source)
        if root is None:
            return
        self._fields = fields = self._reader.fields(root, required=("version",), optional=SECTIONS)
        if "version" in fields:
            self._reader.whole(fields["version"], least=VERSION, most=VERSION)
        if "name" in fields:
            self._reader.text(fields["name"])
        if "approval" in fields:
            self._read_approval(fields["approval"])
        if "actions" in fields:
            self._read_actions(fields["actions"])
        self._read_freezes()

    def read_rules(self) -> None:
        terms = self._draft.terms or Terms()
        for node in self._nodes("rules"):
            rule = read_rule(self._reader, node, self._source, self._draft.ids, terms)
            if rule is not None:
                self._draft.rules.append(rule)
        if "autonomy" in self._fields:
            self._read_autonomy(self._fields["autonomy"])

    def _read_autonomy(self, node: yaml.Node) -> None:
        """Of several files' defaults the strictest holds."""
        fields = self._reader.fields(node, optional=("default", "levels"))
        if "default" in fields:
            default = read_default_level(self._reader, fields["default"])
            self._draft.default_levels += [default] if default is not None else []
        for item in self._reader.items(fields["levels"]) if "levels" in fields else ():
            level = read_level(self._reader, item, self._source, self._draft.ids)
            self._draft.levels += [level] if level is not None else []

    def _read_freezes(self) -> None:
        for node in self._nodes("freezes"):
            freeze = read_freeze(self._reader, node, self._draft.ids)
            if freeze is not None:
                self._draft.freezes.append(freeze)

    def _nodes(self, section: str) -> list[yaml.Node]:
        return self._reader.items(self._fields[section]) if section in self._fields else []

    def _read_approval(self, node: yaml.Node) -> None:
        if self._draft.terms is not None:
            self._reader.complain(node, "`approval` stands in another file too", "keep one of them")
        self._draft.terms = read_terms(self._reader, self._reader.fields(node, optional=TERMS), Terms())

    def _read_actions(self, node: yaml.Node) -> None:
        for key, name, value in self._reader.pairs(node):
            if name in self._draft.actions:
                self._reader.complain(key, f"the action {name!r} stands in another file too", "keep one")
            tools = self._reader.texts(value)
            for wrong in (tool for tool in tools if not _TOOL.fullmatch(tool)):
                self._reader.complain(value, f"{wrong!r} is not a tool", "write server/tool, as in k8s/scale")
            self._draft.actions[name] = frozenset(tools)
