"""Routes of front doors, in whatever form they are written: which path of which host goes to which service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sre_agent.catalogue.addresses import addresses_in
from sre_agent.catalogue.custom import of_kind
from sre_agent.catalogue.roles import Role, role_of
from sre_agent.catalogue.settings import Setting, settings_of
from sre_agent.domain.evidence import Citation
from sre_agent.picture.objects import Obj, dig, items
from sre_agent.picture.source import as_written
from sre_agent.picture.world import Picture


@dataclass(frozen=True, eq=False)
class Route:
    """`door`: the object that a person would change or the workload that reads the text; `port`: number, name or None."""

    door: Obj
    namespace: str
    path: str
    host: str
    port: int | str | None
    citation: Citation
    setting: Setting | None = None


def routes_in(picture: Picture) -> list[Route]:
    """All routes of Ingresses, Gateway API routes, edge VirtualServices, IngressRoutes and gateways' own files."""
    return [
        *_ingresses(picture),
        *_gateway_api(picture),
        *_virtual_services(picture),
        *_traefik(picture),
        *_files(picture),
    ]


def _ingresses(picture: Picture) -> Iterator[Route]:
    for ingress in picture.inventory.of("Ingress"):
        for rule in ingress.items("spec", "rules"):
            for path in items(rule, "http", "paths"):
                if service := dig(path, "backend", "service"):
                    port = dig(service, "port", "number") or dig(service, "port", "name")
                    cited = ingress.source.quote(as_written("service", service))
                    yield Route(
                        ingress,
                        ingress.namespace,
                        str(path.get("path") or "/"),
                        str(service.get("name")),
                        port,
                        cited,
                    )
        if default := ingress.dig("spec", "defaultBackend", "service"):
            port = dig(default, "port", "number") or dig(default, "port", "name")
            yield Route(
                ingress,
                ingress.namespace,
                "/",
                str(default.get("name")),
                port,
                ingress.quote("spec", "defaultBackend"),
            )


def _gateway_api(picture: Picture) -> Iterator[Route]:
    for kind, plural in (("HTTPRoute", "httproutes"), ("GRPCRoute", "grpcroutes")):
        for obj in of_kind(picture, kind, plural):
            for rule in obj.items("spec", "rules"):
                path = str(
                    dig(rule, "matches", 0, "path", "value")
                    or dig(rule, "matches", 0, "method", "service")
                    or "/"
                )
                for backend in items(rule, "backendRefs"):
                    space = str(backend.get("namespace") or obj.namespace)
                    cited = obj.source.quote(as_written("backendRefs", rule.get("backendRefs")))
                    yield Route(obj, space, path, str(backend.get("name")), backend.get("port"), cited)


def _virtual_services(picture: Picture) -> Iterator[Route]:
    for obj in of_kind(picture, "VirtualService", "virtualservices"):
        if not [one for one in obj.dig("spec", "gateways") or () if one != "mesh"]:
            continue
        for rule in obj.items("spec", "http"):
            uri = dig(rule, "match", 0, "uri") or {}
            path = (
                str(uri.get("prefix") or uri.get("exact") or uri.get("regex") or "/")
                if isinstance(uri, Mapping)
                else "/"
            )
            for route in items(rule, "route"):
                to = dig(route, "destination") or {}
                cited = obj.source.quote(as_written("destination", to))
                yield Route(
                    obj, obj.namespace, path, str(to.get("host") or ""), dig(to, "port", "number"), cited
                )


_TRAEFIK_PATH = re.compile(r"Path(?:Prefix)?\(`([^`]+)`")


def _traefik(picture: Picture) -> Iterator[Route]:
    for obj in of_kind(picture, "IngressRoute", "ingressroutes"):
        for rule in obj.items("spec", "routes"):
            path = _TRAEFIK_PATH.search(str(rule.get("match") or ""))
            for service in items(rule, "services"):
                cited = obj.source.quote(as_written("services", rule.get("services")))
                yield Route(
                    obj,
                    obj.namespace,
                    path.group(1) if path else "/",
                    str(service.get("name")),
                    service.get("port"),
                    cited,
                )


_NGINX = re.compile(
    r"location\s+(?:[=~^*]+\s+)?(\S+)\s*\{[^}]*?(?:proxy|grpc|fastcgi|uwsgi)_pass\s+([^;]+);", re.S
)
_SPRING = re.compile(
    r"uri:\s*['\"]?(?:lb|https?|ws)://([A-Za-z0-9_.-]+)(?::(\d+))?.{0,240}?Path=([^\s'\",]+)", re.S
)
_ZUUL = re.compile(
    r"path:\s*['\"]?(/[^\s'\"]+)['\"]?\s+(?:service-?id|url):\s*['\"]?(?:https?://)?([A-Za-z0-9_.-]+)(?::(\d+))?",
    re.I,
)
_ENVOY = re.compile(r"prefix:\s*['\"]?(/[^\s'\",}]*)['\"]?.{0,200}?cluster:\s*['\"]?([A-Za-z0-9_.-]+)", re.S)


def _files(picture: Picture) -> Iterator[Route]:
    """Routes in the configuration that a gateway's workload reads."""
    for workload in picture.inventory.workloads:
        for setting in settings_of(picture, workload):
            if len(setting.value) > 40 and (
                role_of(workload) is Role.GATEWAY or "proxy_pass" in setting.value
            ):
                yield from _in_text(workload, setting)


def _in_text(workload: Obj, setting: Setting) -> Iterator[Route]:
    text = setting.value
    for match in _NGINX.finditer(text):
        address = next(iter(addresses_in(match.group(2))), None)
        if address is not None and "$" not in address.host:
            yield _of_text(workload, setting, match, (match.group(1), address.host, address.port))
    for match in _SPRING.finditer(text):
        yield _of_text(workload, setting, match, (match.group(3), match.group(1), _number(match.group(2))))
    for match in _ZUUL.finditer(text):
        yield _of_text(workload, setting, match, (match.group(1), match.group(2), _number(match.group(3))))
    for match in _ENVOY.finditer(text):
        yield _of_text(workload, setting, match, (match.group(1), match.group(2), None))


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _of_text(workload: Obj, setting: Setting, match: re.Match[str], told: tuple[str, str, Any]) -> Route:
    path, host, port = told
    quoted = json.dumps(match.group(0), ensure_ascii=False)[1:-1]
    return Route(workload, workload.namespace, path, host, port, setting.holder.source.quote(quoted), setting)
