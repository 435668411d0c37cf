"""A webhook body is believed whole or not at all, and whoever sent it hears which field is wrong."""

from __future__ import annotations

import json

import pytest
from intake_builders import wire

from sre_agent.errors import BadInput, SettingError, Unreadable
from sre_agent.intake.payload import LONGEST_ANNOTATION, delivery_of
from sre_agent.intake.relabel import relabel_rules, relabelled
from sre_agent.intake.settings import Operation, Relabel


def one(**fields: object) -> dict[str, object]:
    return {"status": "firing", "labels": {"alertname": "A"}, "startsAt": "2026-03-01T11:59:00Z", **fields}


def read(body: bytes):  # type: ignore[no-untyped-def]
    return delivery_of(body, redact=lambda text: text)


@pytest.mark.promise("HEAR-3")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (wire(version="3"), "version"),
        (wire(version=4), "version"),
        (b'{"status":"firing","alerts":[]}', "version"),
        (wire([]), "alerts"),
        (wire([one()] * 1001), "alerts"),
        (wire(alerts={"0": one()}), "alerts"),
        (wire([one(), one(status="pending")]), "alerts.1.status"),
        (wire([one(labels=None)]), "alerts.0.labels"),
        (wire([one(labels={})]), "alerts.0.labels"),
        (wire([one(labels={"pod": 7})]), "alerts.0.labels.pod"),
        (wire([one(labels={f"l{n}": "v" for n in range(65)})]), "alerts.0.labels"),
        (wire([one(labels={"pod": "x" * 4097})]), "alerts.0.labels.pod"),
        (wire([one(labels={"pod": "a\x00b"})]), "alerts.0.labels.pod"),
        (wire([one(labels={"pod": "a\x1b[31m"})]), "alerts.0.labels.pod"),
        (wire([one(labels={"": "v"})]), "alerts.0.labels"),
        (wire([one(annotations={"summary": "a\x00b"})]), "alerts.0.annotations.summary"),
        (wire([one(annotations=["summary"])]), "alerts.0.annotations"),
        (wire([one(startsAt="yesterday")]), "alerts.0.startsAt"),
        (wire([one(startsAt="2026-03-01T11:59:00")]), "alerts.0.startsAt"),
        (wire([one(startsAt="0001-01-01T00:00:00Z")]), "alerts.0.startsAt"),
        (wire([one(startsAt="9999-12-31T23:59:59-14:00")]), "alerts.0.startsAt"),
        (wire([one(startsAt=1772366340)]), "alerts.0.startsAt"),
        (wire([one(fingerprint="f" * 65)]), "alerts.0.fingerprint"),
        (wire(truncatedAlerts=-1), "truncatedAlerts"),
        (wire(truncatedAlerts="2"), "truncatedAlerts"),
        (wire(status="maybe"), "status"),
        (b"null", "body"),
        (b"[]", "body"),
    ],
)
def test_a_wrong_field_is_named(body: bytes, field: str) -> None:
    with pytest.raises(BadInput) as wrong:
        read(body)
    assert wrong.value.field == field
    assert not isinstance(wrong.value, Unreadable)
    assert field in [named for named, _ in wrong.value.faults]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"hello",
        b'{"version": "4",}',
        b"\xff\xfe{}",
        b'{"a":"\xc3\x28"}',
        b'{"a":' * 5000,
        b"[" * 100_000,
        wire([one(labels={"pod": "x"})]).replace(b'"x"', b'"\\ud800"'),
    ],
)
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read(body)


def test_a_hostile_name_cannot_speak_to_the_terminal_through_the_error() -> None:
    with pytest.raises(BadInput) as wrong:
        read(wire([one(labels={"bad\x1b[2Jname": "x"})]))
    assert "\x1b" not in str(wrong.value)
    assert "\x1b" not in wrong.value.field


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(BadInput) as wrong:
        read(wire([one(status="x"), one(labels=1)], version="5"))
    assert [field for field, _ in wrong.value.faults] == ["version", "alerts.0.status", "alerts.1.labels"]


def test_the_payload_of_a_real_alertmanager_is_read() -> None:
    body = wire(
        [
            one(
                endsAt="0001-01-01T00:00:00Z",
                startsAt="2026-03-16T21:35:49.760123456Z",
                fingerprint="97dfbc0fab1e0938",
            )
        ],
        receiver="sre-agent",
        groupLabels={"alertname": "A"},
        commonLabels={},
        commonAnnotations={},
        externalURL="http://alertmanager:9093",
        groupKey='{}:{alertname="A"}',
        truncatedAlerts=3,
        notYetInvented=True,
    )
    delivery = read(body)
    assert delivery.truncated == 3
    assert delivery.alerts[0].fingerprint == "97dfbc0fab1e0938"
    assert delivery.alerts[0].ends_at is None
    assert delivery.alerts[0].starts_at.isoformat() == "2026-03-16T21:35:49.760123+00:00"


def test_text_that_looks_like_markup_or_sql_is_kept_as_it_is() -> None:
    text = "<script>alert(1)</script>'; DROP TABLE incidents;--"
    assert read(wire([one(labels={"pod": text})])).alerts[0].labels["pod"] == text


def test_a_long_annotation_is_cut_and_says_so() -> None:
    delivery = read(wire([one(annotations={"description": "x" * (LONGEST_ANNOTATION + 5)})]))
    assert delivery.alerts[0].annotations["description"].endswith("… (5 characters cut)")


def test_a_missing_fingerprint_is_made_as_alertmanager_makes_it() -> None:
    labels = {"name": "garland, briggs", "fear": "love is not enough"}
    # The known value is from the tests of prometheus/common.
    assert read(wire([one(labels=labels)])).alerts[0].fingerprint == f"{5799056148416392346:016x}"


def test_secrets_are_redacted_before_anything_sees_them() -> None:
    body = wire(
        [
            one(
                labels={"alertname": "A", "dsn": "hunter2"},
                annotations={"summary": "it is hunter2"},
                generatorURL="http://p/?g0.expr=hunter2",
            )
        ]
    )
    delivery = delivery_of(body, redact=lambda text: text.replace("hunter2", "***"))
    assert "hunter2" not in delivery.model_dump_json()


def test_the_fingerprint_is_that_of_the_labels_as_they_were_sent() -> None:
    plain = read(wire([one(labels={"a": "hunter2"})])).alerts[0]
    hidden = delivery_of(wire([one(labels={"a": "hunter2"})]), redact=lambda text: "***").alerts[0]
    assert plain.fingerprint == hidden.fingerprint


def test_relabelling_adds_and_replaces_in_order() -> None:
    rules = (
        Relabel(source="kubernetes_deployment", target="deployment"),
        Relabel(source="ns", target="namespace", operation=Operation.REPLACE),
        Relabel(source="absent", target="pod"),
    )
    labels = relabelled({"kubernetes_deployment": "cart", "ns": "shop", "namespace": "monitoring"}, rules)
    assert labels == {"kubernetes_deployment": "cart", "deployment": "cart", "namespace": "shop"}


@pytest.mark.parametrize(
    "text", ["- {source: a}", "- a", "{", "- {source: a, target: b, operation: drop}", "7"]
)
def test_a_wrong_relabel_file_stops_the_start_with_its_settings_name(text: str) -> None:
    with pytest.raises(SettingError, match="ALERT_RELABEL_FILE"):
        relabel_rules(text)


def test_relabel_rules_are_read_bare_or_under_their_key() -> None:
    bare = relabel_rules("- {source: a, target: b}")
    assert bare == relabel_rules(json.dumps({"alertRelabel": [{"source": "a", "target": "b"}]}))
    assert relabel_rules("") == ()
