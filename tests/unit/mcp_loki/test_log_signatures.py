"""Signatures: what goes wrong, whether it is new, and whether its rise is more than chance."""

from __future__ import annotations

import json

from mcp_servers.kit.signatures import Stream, Window, signatures, surge


def at(second: int) -> str:
    return f"2026-01-31T08:{second // 60:02d}:{second % 60:02d}.000000000Z"


def window(
    *lines: str, seconds: float = 600, complete: bool = True, labels: dict[str, str] | None = None
) -> Window:
    stream = Stream(labels or {"app": "cart"}, [(at(place), line) for place, line in enumerate(lines)])
    return Window([stream], seconds, complete)


def error(text: str, **more: str) -> str:
    return json.dumps({"level": "error", "msg": text, **more})


def test_only_trouble_is_counted_and_by_template() -> None:
    found = signatures(
        window(
            error("order 17 lost"),
            error("order 18 lost"),
            json.dumps({"level": "info", "msg": "fine"}),
            "ready",
        )
    )
    assert [(one.template, one.count) for one in found] == [("order <*> lost", 2)]
    assert found[0].first_at == at(0)
    assert found[0].last_at == at(1)
    assert found[0].streams == [{"app": "cart"}]


def test_what_the_whole_baseline_never_held_is_new() -> None:
    now, before = window(error("disk is full"), error("cache miss failed")), window(
        error("cache miss failed")
    )
    found = {one.template: one for one in signatures(now, before)}
    assert found["disk is full"].new
    assert not found["cache miss failed"].new


def test_what_a_cut_baseline_does_not_hold_is_not_called_new() -> None:
    found = signatures(window(error("disk is full")), window("ready", complete=False))
    assert not found[0].new


def test_without_a_baseline_nothing_is_new_or_surging() -> None:
    found = signatures(window(*[error("disk is full")] * 50))
    assert not found[0].new
    assert found[0].surge is None


def test_a_rise_beyond_chance_is_a_surge_and_one_within_it_is_not() -> None:
    assert surge(60, 600, before=6, before_seconds=600) == 10.0
    assert surge(60, 600, before=60, before_seconds=6000) == 10.0
    assert surge(7, 600, before=5, before_seconds=600) is None
    assert surge(4, 600, before=1, before_seconds=600) is None
    assert surge(60, 600, before=0, before_seconds=600) is None
    assert surge(120, 600, before=100, before_seconds=600) is None


def test_errors_come_before_warnings_and_new_before_old() -> None:
    warn = json.dumps({"level": "warn", "msg": "pool is nearly used up"})
    found = signatures(
        window(*[error("known trouble here")] * 9, error("unseen trouble elsewhere"), *[warn] * 30),
        window(error("known trouble here")),
    )
    assert [one.template for one in found] == [
        "unseen trouble elsewhere",
        "known trouble here",
        "pool is nearly used up",
    ]


def test_one_message_from_two_places_in_the_code_is_two_signatures() -> None:
    found = signatures(
        window(
            error("call failed", stack="Error: x\n    at pay (/app/pay.js:1:1)"),
            error("call failed", stack="Error: x\n    at ship (/app/ship.js:9:1)"),
            error("call failed", stack="Error: x\n    at pay (/app/pay.js:7:7)"),
        )
    )
    assert sorted((one.template, one.count) for one in found) == [
        ("call failed at pay (pay.js)", 2),
        ("call failed at ship (ship.js)", 1),
    ]


def test_a_stack_over_many_lines_is_one_signature() -> None:
    found = signatures(
        window(
            "Traceback (most recent call last):",
            '  File "/app/pay.py", line 3, in pay',
            "ValueError: order 12 is bad",
        )
    )
    assert [(one.template, one.count) for one in found] == [
        ("ValueError: order <*> is bad at pay (pay.py)", 1)
    ]


def test_samples_and_streams_are_few_and_short() -> None:
    lines = [error("boom", n=str(n), detail="x" * 5000) for n in range(30)]
    found = signatures(window(*lines))[0]
    assert len(found.samples) == 3
    assert max(len(sample) for sample in found.samples) <= 601
