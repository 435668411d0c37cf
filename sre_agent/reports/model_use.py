"""What a language model took in a window: how often it was asked, how fast it was, tokens and cost; pure."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from sre_agent.domain.frozen import Frozen, JsonObject
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.reports.signals import Spread, Window, spread


class ModelUse(Frozen):
    """Of the investigations in a window, as their journals tell; milliseconds of the calls that were answered."""

    names: tuple[str, ...]
    calls: int
    failed: int
    tokens_in: int
    tokens_out: int
    tokens: int
    cost: float | None = Field(
        description="in the currency of LLM_PRICE_IN and LLM_PRICE_OUT; none where a call had no price"
    )
    milliseconds: Spread
    said: str


def model_use(entries: Iterable[JournalEntry], window: Window) -> ModelUse:
    asked = [
        each.body
        for each in entries
        if each.kind is Kind.MODEL_ANSWERED and window.index(each.at) is not None
    ]
    answered = [body for body in asked if not body.get("failed")]
    sent, got = (int(sum(_numbers(asked, name))) for name in ("tokens_in", "tokens_out"))
    costs = _numbers(answered, "cost")
    names = tuple(sorted({str(body.get("model", "")) for body in asked}))
    return ModelUse(
        names=names,
        calls=len(asked),
        failed=len(asked) - len(answered),
        tokens_in=sent,
        tokens_out=got,
        tokens=sent + got,
        cost=sum(costs) if len(costs) == len(answered) else None,
        milliseconds=spread(_numbers(answered, "milliseconds")),
        said=_said(names, len(asked), len(asked) - len(answered)),
    )


def _numbers(bodies: Iterable[JsonObject], name: str) -> list[float]:
    told = [body.get(name) for body in bodies]
    return [float(one) for one in told if isinstance(one, int | float) and not isinstance(one, bool)]


def _said(names: tuple[str, ...], calls: int, failed: int) -> str:
    if not calls:
        return "No language model was asked in this window: the rules needed none, or none answers."
    asked = f"{', '.join(names)} was asked {calls} {'time' if calls == 1 else 'times'}"
    return f"{asked}, {failed} without an answer." if failed else f"{asked}."
