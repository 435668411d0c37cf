"""Alertmanager's webhook payload (version 4), checked whole before any of it is believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sre_agent.domain.alert import Alert, AlertStatus
from sre_agent.domain.frozen import Frozen
from sre_agent.errors import BadInput, Unreadable
from sre_agent.intake.identity import fingerprint_of
from sre_agent.intake.relabel import relabelled
from sre_agent.intake.settings import Relabel

MOST_ALERTS: Final = 1000
MOST_LABELS: Final = 64
LONGEST_NAME: Final = 256
LONGEST_VALUE: Final = 4096
LONGEST_ANNOTATION: Final = 8192
"""Longer annotations are cut, with a word about it: they are prose, and no reason to lose an alert."""
_MOST_FAULTS: Final = 20
_TELLING: Final = "q7Wq7Wq7Wq7W"
"""Stands for a value; redaction leaves it where the name before it announces none."""
_MARK: Final = "[redacted:"
_YEARS: Final = range(1970, 2200)
"""Go writes the year 1 for "no time"; anything else outside these years is a broken clock."""


def _printable(text: str) -> str:
    """Labels are identity: nothing invisible in them but the white space a template may leave."""
    hidden = next((character for character in text if character < " " and character not in "\t\n\r"), None)
    if hidden is not None or "\x7f" in text:
        raise ValueError(f"control characters are not allowed (found U+{ord(hidden or chr(127)):04X})")
    return text


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("NUL characters are not allowed")
    return text


def _sane(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs a time zone; write 2026-01-31T08:00:00Z")
    if moment.year not in _YEARS:
        raise ValueError(f"the year must be from {_YEARS.start} to {_YEARS.stop - 1}, not {moment.year}")
    return moment.astimezone(UTC)


def _sane_or_unset(moment: datetime) -> datetime | None:
    return None if moment.year == 1 else _sane(moment)


_Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_printable)]
_Value = Annotated[str, Field(max_length=LONGEST_VALUE), AfterValidator(_printable)]
_Prose = Annotated[str, AfterValidator(_without_nul)]


class _Wire(BaseModel):
    """Strict in types; fields we do not know are a newer Alertmanager's, and are let be."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _WireAlert(_Wire):
    status: Literal["firing", "resolved"]
    labels: dict[_Name, _Value] = Field(min_length=1, max_length=MOST_LABELS)
    annotations: dict[_Name, _Prose] = Field(default={}, max_length=MOST_LABELS)
    startsAt: Annotated[datetime, AfterValidator(_sane)]  # noqa: N815 - the wire's own name
    endsAt: Annotated[datetime, AfterValidator(_sane_or_unset)] | None = None  # noqa: N815
    generatorURL: Annotated[str, Field(max_length=16384), AfterValidator(_printable)] = ""  # noqa: N815
    fingerprint: Annotated[str, Field(max_length=64), AfterValidator(_printable)] = ""


class _WireDelivery(_Wire):
    version: Literal["4"]
    groupKey: Annotated[str, Field(max_length=16384), AfterValidator(_without_nul)] = ""  # noqa: N815
    truncatedAlerts: Annotated[int, Field(ge=0, le=2**31)] = 0  # noqa: N815
    status: Literal["firing", "resolved"]
    receiver: Annotated[str, Field(max_length=1024), AfterValidator(_without_nul)] = ""
    alerts: list[_WireAlert] = Field(min_length=1, max_length=MOST_ALERTS)


class Delivery(Frozen):
    """One webhook call, ready to be filed. `truncated`: alerts that Alertmanager cut off."""

    alerts: tuple[Alert, ...]
    truncated: int = 0
    group: str = ""


def delivery_of(body: bytes, *, redact: Callable[[str], str], relabel: tuple[Relabel, ...] = ()) -> Delivery:
    """Read a webhook body. Raises Unreadable where it is no JSON, BadInput naming every field that is wrong."""
    try:
        wire = _WireDelivery.model_validate_json(body)
    except ValidationError as wrong:
        raise _complaint(wrong) from None
    alerts = tuple(_alert(alert, redact, relabel) for alert in wire.alerts)
    return Delivery(alerts=alerts, truncated=wire.truncatedAlerts, group=wire.groupKey)


def _alert(wire: _WireAlert, redact: Callable[[str], str], relabel: tuple[Relabel, ...]) -> Alert:
    labels = _told(wire.labels, redact)
    given = wire.fingerprint if redact(wire.fingerprint) == wire.fingerprint else ""
    return Alert(
        # Some senders that copy the format leave the fingerprint out; Alertmanager never does.
        fingerprint=given or fingerprint_of(wire.labels),
        status=AlertStatus(wire.status),
        labels=relabelled(labels, relabel),
        annotations={name: _cut(value) for name, value in _told(wire.annotations, redact).items()},
        starts_at=wire.startsAt,
        ends_at=wire.endsAt,
        generator_url=redact(wire.generatorURL),
    )


def _told(words: dict[str, str], redact: Callable[[str], str]) -> dict[str, str]:
    return {redact(name): _under(name, value, redact) for name, value in words.items()}


def _under(name: str, value: str, redact: Callable[[str], str]) -> str:
    """What `db_password` says is a secret though nothing in it tells."""
    probe = f"{name}={_TELLING}"
    if redact(probe) == probe:
        return redact(value)
    shown = redact(f"{name}={json.dumps(value, ensure_ascii=False)}")
    return shown.partition("=")[2].strip('"') if _MARK in shown else redact(value)


def _cut(text: str) -> str:
    if len(text) <= LONGEST_ANNOTATION:
        return text
    return f"{text[:LONGEST_ANNOTATION]} … ({len(text) - LONGEST_ANNOTATION} characters cut)"


def _complaint(wrong: ValidationError) -> BadInput:
    errors = wrong.errors(include_url=False, include_input=False, include_context=False)
    if errors[0]["type"] == "json_invalid":
        return Unreadable(
            f"the body is not valid JSON: {errors[0]['msg'].removeprefix('Invalid JSON: ')}", field="body"
        )
    faults = [(_path(error["loc"]), _words(error["msg"])) for error in errors[:_MOST_FAULTS]]
    field, message = faults[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return BadInput(f"{field}: {message}{more}", field=field, faults=faults)


def _path(location: tuple[int | str, ...]) -> str:
    """`alerts.0.labels`; a name that was sent to us is cut and made visible, it may be anything."""
    parts = [str(part)[:64] for part in location if part not in ("[key]", "")]
    return ascii(".".join(parts))[1:-1] or "body"


def _words(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Input ")
    return "is required" if message == "Field required" else message
