"""Writes wire.json: how each served kind is laid out in protocol buffers, read from the API's Go types.

Run `python -m infrastructure.lab.kube.schema.generate_wire API APIMACHINERY` with the folders of the Go modules
k8s.io/api and k8s.io/apimachinery of one release. It is never imported by the running lab.

A field is `number: "jsonName code"`. Codes: s string, i integer, b bool, y bytes, q quantity, x integer or string,
t time, T time with microseconds, r raw JSON, e a list of strings in a struct of its own, @struct; [ repeated, { map from string; ? a pointer, whose zero
value is said on purpose; + a struct whose fields stand in its owner.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from infrastructure.lab.kube.schema.kinds import KINDS

FILE = Path(__file__).with_name("wire.json")
_REVIEWS = (
    *(f"authorization.v1.{name}" for name in ("SelfSubjectAccessReview", "SubjectAccessReview")),
    *(f"authorization.v1.{name}" for name in ("LocalSubjectAccessReview", "SelfSubjectRulesReview")),
    *(f"authentication.v1.{name}" for name in ("TokenReview", "SelfSubjectReview", "TokenRequest")),
)
_ROOTS = (*_REVIEWS, "policy.v1.Eviction", "core.v1.Binding", "autoscaling.v1.Scale", "meta.v1.DeleteOptions")
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_NAMED = re.compile(r"^type (\w+) (\[\]\w+|map\[\w+\][\w.]+|\w+)$", re.MULTILINE)
_FIELD = re.compile(r'^\s*(?:(\w+)\s+)?(\S+)\s+`json:"([^"]*)"[^`]*\bprotobuf:"([^"]*)"')
_SPECIAL = {
    "resource.Quantity": "q",
    "intstr.IntOrString": "x",
    "metav1.Time": "t",
    "Time": "t",
    "metav1.MicroTime": "T",
    "runtime.RawExtension": "r",
    "FieldsV1": "r",
    "types.UID": "s",
    "types.NodeName": "s",
    "string": "s",
    "bool": "b",
    "int32": "i",
    "int64": "i",
    "int": "i",
    "byte": "y",
    "ExtraValue": "e",
}
_PACKAGES = {
    "metav1": "meta.v1",
    "v1": "core.v1",
    "corev1": "core.v1",
    "apiv1": "core.v1",
    "api": "core.v1",
    "autoscalingv1": "autoscaling.v1",
}


class Types:
    """The structs and named types of all packages read."""

    def __init__(self) -> None:
        self.structs: dict[str, str] = {}
        self.named: dict[str, str] = {}

    def read(self, package: str, folder: Path) -> None:
        for file in sorted(folder.glob("*types.go")):
            text = file.read_text(encoding="utf-8")
            for name, body in _STRUCT.findall(text):
                self.structs[f"{package}.{name}"] = body
            for name, base in _NAMED.findall(text):
                self.named[f"{package}.{name}"] = base

    def code(self, package: str, text: str) -> str:
        if text.startswith("*"):
            return f"{self.code(package, text[1:])}?"
        if text == "[]byte":
            return "y"
        if text.startswith("[]"):
            return f"[{self.code(package, text[2:])}"
        if text.startswith("map["):
            return f"{{{self.code(package, text.partition(']')[2])}"
        if text in _SPECIAL:
            return _SPECIAL[text]
        prefix, dot, name = text.rpartition(".")
        whole = f"{_PACKAGES.get(prefix, prefix) if dot else package}.{name}"
        if whole in self.named:
            return self.code(whole.rpartition(".")[0], self.named[whole])
        return f"@{whole}"

    def fields(self, name: str) -> dict[str, str]:
        package = name.rpartition(".")[0]
        found = {}
        for line in self.structs.get(name, "").splitlines():
            match = _FIELD.match(line)
            if match is None:
                continue
            _, text, tag, wire = match.groups()
            number = wire.split(",")[1]
            wire_name = tag.split(",")[0]
            code = self.code(package, text)
            found[number] = f"{wire_name} {code}" if wire_name else f"+ {code}"
        return found


def build(api: Path, machinery: Path) -> dict[str, dict[str, str]]:
    types = Types()
    for folder in sorted(api.glob("*/v*")):
        types.read(f"{folder.parent.name}.{folder.name}", folder)
    types.read("meta.v1", machinery / "pkg" / "apis" / "meta" / "v1")
    layout: dict[str, dict[str, str]] = {}
    waiting = [*(f"{_package(kind.api_version)}.{kind.kind}" for kind in KINDS), *_ROOTS]
    while waiting:
        name = waiting.pop()
        if name not in layout:
            layout[name] = types.fields(name)
            waiting.extend(re.findall(r"@([\w.]+)", " ".join(layout[name].values())))
    return dict(sorted(layout.items()))


def _package(api_version: str) -> str:
    group, _, version = api_version.rpartition("/")
    return f"{group.partition('.')[0] or 'core'}.{version}"


def rendered(layout: dict[str, dict[str, str]]) -> str:
    lines = [f" {json.dumps(name)}: {json.dumps(fields)}" for name, fields in layout.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(rendered(build(Path(sys.argv[1]), Path(sys.argv[2]))), encoding="utf-8")
