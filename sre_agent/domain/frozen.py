"""What every noun is made of: a frozen, closed pydantic model, an aware time, and a canonical digest."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated

import rfc8785
from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue


class Frozen(BaseModel):
    """A value: immutable, with no unknown fields."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        # A value we hand out always has all its fields; the generated client may rely on it.
        json_schema_serialization_defaults_required=True,
    )


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs a time zone; write 2026-01-31T08:00:00Z")
    return moment


Moment = Annotated[datetime, AfterValidator(_aware)]
"""An aware point in time; UTC by convention."""

JsonObject = dict[str, JsonValue]
"""A JSON object whose shape is fixed elsewhere (a tool's schema, a journal kind)."""


def digest_of(value: JsonValue) -> str:
    """SHA-256 (hex) of the RFC 8785 canonical JSON form: equal values have equal digests."""
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()
