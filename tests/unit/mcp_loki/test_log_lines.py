"""Lines of every usual format: how bad they are, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.kit.loglines import read_line


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        (
            '{"ts":"x","level":"error","msg":"payment failed","error":"refused"}',
            "error",
            "payment failed: refused",
        ),
        ('{"level":50,"msg":"pino"}', "error", "pino"),
        ('{"severity":"WARNING","message":"gcp"}', "warn", "gcp"),
        ('{"log.level":"fatal","message":"ecs","error.message":"why"}', "fatal", "ecs: why"),
        (
            '{"msg":"nested","error":{"type":"ValueError","message":"bad"}}',
            "error",
            "nested: ValueError: bad",
        ),
        ('{"msg":"done","error":null,"level":"info"}', "info", "done"),
        ('level=warn ts=1 msg="slow query" duration=3s', "warn", "slow query"),
        ('time=1 level=error msg="scrape" err="deadline exceeded"', "error", "scrape: deadline exceeded"),
        ("E0102 15:04:05.000000       1 refl.go:138] failed to list", "error", "failed to list"),
        ("I0102 15:04:05.000000       1 x.go:1] an error was averted", "info", "an error was averted"),
        ("2026-01-01 12:00:00,123 ERROR [main] c.Bar - boom", "error", "[main] c.Bar - boom"),
        ("2026-01-01T12:00:00Z INFO starting error handler", "info", "starting error handler"),
        ("2026/01/01 12:00:00 [error] 12#12: *1 connect() failed", "error", "12#12: *1 connect() failed"),
        ("[Sun Dec 04 04:47:44 2005] [notice] ok", "info", "ok"),
        (
            "2026-01-01 12:00:00.123 UTC [12] FATAL:  sorry, too many clients",
            "fatal",
            "sorry, too many clients",
        ),
        ("ERROR:root:it broke", "error", "root:it broke"),
        ("<11>Jan  1 host app: broken", "error", "Jan  1 host app: broken"),
        ("panic: runtime error: index out of range", "fatal", "runtime error: index out of range"),
        ("listening on 8080", "", "listening on 8080"),
        ('{"@t":"x","@mt":"slow {X}","@l":"Warning"}', "warn", "slow {X}"),
        ('{"severityNumber":17,"body":"otel"}', "error", "otel"),
        ('{"t":{"$date":"x"},"s":"E","c":"NETWORK","msg":"mongo"}', "error", "mongo"),
        ("[10:00:00 WRN] Slow thing", "warn", "Slow thing"),
        ("2026-11-30T10:00:00Z WRN slow", "warn", "slow"),
        ("lvl=eror t=1 msg=boom", "error", "boom"),
        ("done: 0 errors found", "", "done: 0 errors found"),
        ("sync finished, failures: 0", "", "sync finished, failures: 0"),
        ("3 errors found", "error", "3 errors found"),
        ("Log rotated", "", "Log rotated"),
        ("dial tcp: connection refused", "error", "dial tcp: connection refused"),
        ('10.0.0.1 - - [x] "GET /cart?id=3 HTTP/1.1" 502 12', "error", "/cart answered 502"),
        ('10.0.0.1 - - [x] "GET /error HTTP/1.1" 200 12', "info", "/error answered 200"),
    ],
)
def test_a_line_of_a_usual_format_tells_its_level_and_its_message(
    line: str, level: str, message: str
) -> None:
    read = read_line(line)
    assert (read.level, read.message) == (level, message)


def test_the_stack_of_a_structured_line_is_kept() -> None:
    assert read_line('{"level":"error","msg":"x","stack":"Error: x\\n at pay"}').stack == "Error: x\n at pay"
    assert read_line('{"level":"error","msg":"x","err":{"message":"y","stack":"s"}}').stack == "s"


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    read_line(text)


@pytest.mark.parametrize(
    "line", ["{" * 5000 + "}" * 5000, '{"a":' * 3000 + "1" + "}" * 3000, '{"msg":"cut', "{}", "[]"]
)
def test_broken_or_hostile_json_is_a_plain_line(line: str) -> None:
    assert read_line(line).message
