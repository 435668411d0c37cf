"""The settings that a workload reads: its variables, arguments and bound ConfigMap keys, each with the place a person would change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from sre_agent.catalogue.addresses import Address, addresses_in
from sre_agent.catalogue.once import once
from sre_agent.catalogue.rollouts import container_of, environment_of
from sre_agent.domain.evidence import Citation
from sre_agent.picture.drift import config_maps_read_by, last_applied
from sre_agent.picture.objects import Obj, dig, items, mapping
from sre_agent.picture.source import as_written
from sre_agent.picture.world import Picture

LONG = 400
"""A longer value is a file, not one setting."""


@dataclass(frozen=True, eq=False)
class Setting:
    """`holder` is the workload for a variable of its own, else the ConfigMap; `raw` is the variable as it is written."""

    workload: Obj
    container: str
    name: str
    value: str
    holder: Obj
    raw: Mapping[str, Any] | None = None

    def quote(self) -> Citation:
        if self.raw is not None:
            return self.holder.source.quote(json.dumps(self.raw, ensure_ascii=False))
        if self.holder.kind == "ConfigMap" and len(self.value) <= LONG:
            return self.holder.source.quote(as_written(self.name, self.value))
        return self.holder.source.quote(json.dumps(self.value, ensure_ascii=False)[1:-1][:300])

    def repair(self, value: str) -> dict[str, JsonValue]:
        """What a remedy needs to write another value in the same place."""
        if self.holder.kind == "ConfigMap":
            return {"config_map": self.holder.name, "key": self.name, "value": value}
        return {"container": self.container, "variable": self.name, "value": value}


def settings_of(picture: Picture, workload: Obj) -> tuple[Setting, ...]:
    """All that can be read; values of Secrets never can."""
    return _by_workload(picture).get(id(workload), ())


@once
def _by_workload(picture: Picture) -> Mapping[int, tuple[Setting, ...]]:
    return {id(workload): tuple(_read(picture, workload)) for workload in picture.inventory.workloads}


def _read(picture: Picture, workload: Obj) -> Iterator[Setting]:
    for init in (False, True):
        for container in workload.containers(init=init):
            yield from _of_container(picture, workload, container)
    bound = {name for one in workload.containers() for name in _whole_maps(one)}
    for holder in config_maps_read_by(workload, picture.inventory):
        if holder.name not in bound:
            for key, value in holder.mapping("data").items():
                yield Setting(workload, "", str(key), str(value), holder)


def _of_container(picture: Picture, workload: Obj, container: Any) -> Iterator[Setting]:
    name = str(container.get("name") or "")
    for variable in items(container, "env"):
        if isinstance(variable.get("value"), str):
            yield Setting(workload, name, str(variable.get("name")), variable["value"], workload, variable)
    for text in [*(container.get("command") or ()), *(container.get("args") or ())]:
        key, equals, value = str(text).partition("=")
        yield Setting(workload, name, key.lstrip("-") if equals else "args", value or key, workload, None)
    for map_name in _whole_maps(container):
        holder = picture.inventory.get("ConfigMap", map_name, workload.namespace)
        for key, value in (holder.mapping("data") if holder else {}).items():
            yield Setting(workload, name, str(key), str(value), holder or workload)


def _whole_maps(container: Any) -> list[str]:
    """ConfigMaps whose keys all become variables."""
    names = [dig(one, "configMapRef", "name") for one in items(container, "envFrom")]
    return [str(name) for name in names if name]


_ADDRESS_NAME = re.compile(
    r"(?:^|[_.-])(?:host|hostname|addr|address|url|uri|endpoint|endpoints|server|servers|broker|brokers|dsn|upstream|svc|service"
    r"|bootstrap|hosts|connection|target)(?:$|[_.-])|(?:host|addr|address|url|uri|endpoint|server)s?$",
    re.I,
)
_NO_ADDRESS_NAME = re.compile(
    r"(?:^|[_.-])(?:name|id|key|token|password|user|username|path|version|mode|class|type|namespace|account|image|database|schema)$",
    re.I,
)
_BARE_HOST = re.compile(r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)*$")
_HOST_ENDING = re.compile(r"[_.-]?(?:host|hostname|addr|address|server|service)$", re.I)
_PORT_NAME = re.compile(r"^(.*?)[_.-]?port$", re.I)


@dataclass(frozen=True)
class Addressed:
    """A setting that names where something is; `port_setting` where the port stands in a setting of its own."""

    setting: Setting
    address: Address
    port_setting: Setting | None = None

    @property
    def name(self) -> str:
        return self.setting.name

    def quotes(self) -> tuple[Citation, ...]:
        return (self.setting.quote(), *((self.port_setting.quote(),) if self.port_setting else ()))


def addresses_of(picture: Picture, workload: Obj) -> list[Addressed]:
    """Every address in a workload's settings. A bare word counts only where the setting's name says that it is a host."""
    return list(_addresses(picture).get(id(workload), ()))


@once
def _addresses(picture: Picture) -> Mapping[int, tuple[Addressed, ...]]:
    return {id(workload): tuple(_named_in(picture, workload)) for workload in picture.inventory.workloads}


def _named_in(picture: Picture, workload: Obj) -> list[Addressed]:
    settings = settings_of(picture, workload)
    ports = {
        found.group(1).lower(): setting
        for setting in settings
        if (found := _PORT_NAME.match(setting.name)) and setting.value.strip().isdigit()
    }
    return [one for setting in settings for one in _addressed(setting, ports)]


def _addressed(setting: Setting, ports: Mapping[str, Setting]) -> Iterator[Addressed]:
    if setting.name == setting.workload.name or "$(" in setting.value:
        return
    value = setting.value.strip()
    if len(value) > LONG:
        yield from (Addressed(setting, one) for one in addresses_in(setting.value) if one.scheme)
        return
    told = addresses_in(value)
    if told and not _NO_ADDRESS_NAME.search(setting.name):
        yield from (Addressed(setting, one) for one in told if one.port or one.scheme)
    elif _is_host(setting.name, value):
        port = ports.get(_HOST_ENDING.sub("", setting.name).lower())
        yield Addressed(setting, Address(value, int(port.value) if port else None), port)


def _is_host(name: str, value: str) -> bool:
    """Whether a bare word under this name can only be a host."""
    meant = _ADDRESS_NAME.search(name) and not _NO_ADDRESS_NAME.search(name)
    plain = _BARE_HOST.match(value) and not value.isdigit()
    return bool(meant and plain) and value not in ("localhost", "true", "false", "none", "yes", "no")


def value_before(picture: Picture, setting: Setting) -> str | None:
    """The value that this setting had in the newest earlier revision, or as it was last applied, where it was another."""
    if setting.holder.kind == "ConfigMap":
        before = mapping(last_applied(setting.holder) or {}, "data").get(setting.name)
        return str(before) if before is not None and before != setting.value else None
    for replica_set in picture.inventory.replica_sets_of(setting.workload):
        value = environment_of(container_of(replica_set, setting.container)).get(setting.name)
        if value is not None and value != setting.value:
            return value
    applied = _applied_environment(setting.workload, setting.container).get(setting.name)
    return applied if applied is not None and applied != setting.value else None


def _applied_environment(workload: Obj, container: str) -> Mapping[str, str]:
    applied = last_applied(workload) or {}
    found = [
        one
        for one in items(applied, "spec", "template", "spec", "containers")
        if one.get("name") == container
    ]
    return environment_of(found[0]) if found else {}


def same_setting_elsewhere(picture: Picture, setting: Setting) -> Mapping[str, int]:
    """Value → how many other workloads give a setting of the same name that value."""
    found = dict(_by_name(picture).get((setting.workload.namespace, setting.name), {}))
    own = {one.value for one in settings_of(picture, setting.workload) if one.name == setting.name}
    return {value: count - (value in own) for value, count in found.items() if count > (value in own)}


@once
def _by_name(picture: Picture) -> Mapping[tuple[str, str], Mapping[str, int]]:
    """(namespace, setting's name) → value → number of workloads that have it."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for workload in picture.inventory.workloads:
        for name, value in {(one.name, one.value) for one in settings_of(picture, workload)}:
            values = found.setdefault((workload.namespace, name), {})
            values[value] = values.get(value, 0) + 1
    return found
