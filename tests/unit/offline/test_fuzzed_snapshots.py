"""Damaged archives and files, and values of any shape, are refused by name or cost what they stand in; nothing crashes."""

from __future__ import annotations

import io
import json
import tarfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as draw

from sre_agent.offline.desk import answer_for
from sre_agent.snapshots.content import SnapshotRefused
from tests.effort import tries
from tests.synthetic.recording import write
from tests.synthetic.shops import shop

bounded = settings(
    max_examples=tries(300, usual=4), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
VALUES = draw.recursive(
    draw.none() | draw.booleans() | draw.integers() | draw.floats() | draw.text(max_size=12),
    lambda inner: draw.lists(inner, max_size=3) | draw.dictionaries(draw.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PLACES = (
    ("ciliumnetworkpolicies", ("spec", "ingress")),
    ("networkpolicies", ("spec", "ingress")),
    ("pods", ("status", "containerStatuses")),
    ("pods", ("spec",)),
    ("services", ("spec", "ports")),
    ("events", ("involvedObject",)),
    ("deployments", ("spec", "template")),
    ("ingresses", ("spec", "rules")),
)


@cache
def files() -> dict[str, bytes]:
    """The recording of a shop with one policy of each plugin."""
    made = shop()
    made.edges = [("ledger", "parcel")]
    spec = {"endpointSelector": {"matchLabels": {"app": "parcel"}}, "ingress": [{"fromEndpoints": [{}]}]}
    made.named("ciliumnetworkpolicies", "CiliumNetworkPolicy", "one", spec=spec)
    made.named("networkpolicies", "NetworkPolicy", "two", spec={"podSelector": {}, "ingress": [{"from": []}]})
    made.named(
        "ingresses", "Ingress", "three", spec={"rules": [{"host": "a.example", "http": {"paths": []}}]}
    )
    made.event("Pod", made.pods_of("ledger")[0]["metadata"]["name"], "Unhealthy", "Readiness probe failed")
    with TemporaryDirectory() as folder:
        write(made.snapshot(), Path(folder))
        return {
            str(one.relative_to(folder)): one.read_bytes() for one in Path(folder).rglob("*") if one.is_file()
        }


def archive(content: dict[str, bytes]) -> bytes:
    told = io.BytesIO()
    with tarfile.open(fileobj=told, mode="w:gz") as tar:
        for name, body in content.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return told.getvalue()


def answered(body: bytes) -> dict[str, Any] | None:
    """The answer for an archive; None where it is refused."""
    with TemporaryDirectory() as folder:
        where = Path(folder) / "made.tar.gz"
        where.write_bytes(body)
        try:
            return answer_for(where).as_json()
        except SnapshotRefused:
            return None


@given(data=draw.data())
@bounded
def test_a_damaged_archive_is_refused_or_answered(data: draw.DataObject) -> None:
    body = bytearray(archive(files()))
    for _ in range(data.draw(draw.integers(1, 4))):
        body[data.draw(draw.integers(0, len(body) - 1))] = data.draw(draw.integers(0, 255))
    cut = data.draw(draw.integers(0, len(body)))
    answered(bytes(body[:cut] if data.draw(draw.booleans()) else body))


@given(data=draw.data())
@bounded
def test_any_bytes_in_one_file_leave_the_others_readable(data: draw.DataObject) -> None:
    name = data.draw(draw.sampled_from(sorted(set(files()) - {"snapshot.json"})))
    assert answered(archive({**files(), name: data.draw(draw.binary(max_size=60))})) is not None


@given(place=draw.sampled_from(PLACES), value=VALUES)
@bounded
def test_any_value_at_a_place_that_rules_read_is_named_or_left_out(
    place: tuple[str, tuple[str, ...]], value: Any
) -> None:
    plural, path = place
    name = f"kubernetes/{plural}.json"
    told = json.loads(files()[name])
    for item in told["items"]:
        holder = item
        for key in path[:-1]:
            holder = holder.setdefault(key, {})
        holder[path[-1]] = value
    found = answered(archive({**files(), name: json.dumps(told).encode()}))
    assert found is not None
    assert not [one for one in found["unknowns"] if "its rule could not read" in str(one)]


@given(value=VALUES, label=draw.text(max_size=10))
@bounded
def test_any_series_is_read_or_left_out(value: Any, label: str) -> None:
    series = [
        {
            "metric": {"__name__": "http_requests_total", "code": label, "service": label or "x"},
            "values": value,
        }
    ]
    body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": series}})
    assert answered(archive({**files(), "metrics/http_requests_total.json": body.encode()})) is not None
