"""Log lines carry the agreed fields, cannot be forged by what they quote, and never print local variables."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from sre_agent.telemetry import Telemetry, set_up_logging
from tests.plain_words import LOGGED_BY


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level


def fail() -> None:
    token = "a-secret-local-variable"
    raise ValueError(len(token))


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_shows_no_local_variables(style: str) -> None:
    written = io.StringIO()
    set_up_logging("INFO", style, to=written)  # type: ignore[arg-type]
    try:
        fail()
    except ValueError:
        structlog.get_logger("test").exception("it failed")
    assert "ValueError" in written.getvalue()
    assert "in fail" in written.getvalue()
    assert written.getvalue().count("a-secret-local-variable") == written.getvalue().count(
        'token = "a-secret'
    )


def test_json_lines_have_the_common_fields_for_us_and_for_libraries() -> None:
    written = io.StringIO()
    set_up_logging("INFO", "json", to=written)
    structlog.get_logger("ours").info("opened", incident="inc_1")
    logging.getLogger("theirs").warning("slow %s", "query")
    logging.getLogger("httpx").info("a request with a token in its address")
    ours, theirs = map(json.loads, written.getvalue().splitlines())
    assert (ours["message"], ours["log.level"], ours["incident"]) == ("opened", "info", "inc_1")
    assert ours["service.name"] == theirs["service.name"] == "sre-agent"
    assert (theirs["message"], theirs["log.logger"]) == ("slow query", "theirs")
    assert ours["@timestamp"].endswith("Z")


@pytest.mark.parametrize("style", ["json", "console"])
def test_quoted_text_cannot_steer_the_terminal(style: str) -> None:
    written = io.StringIO()
    set_up_logging("INFO", style, to=written)  # type: ignore[arg-type]
    structlog.get_logger("test").info("said", text="\x1b[2J\x07\u202egone")
    assert "\x1b[2J" not in written.getvalue()
    assert "\x07" not in written.getvalue()


def test_what_is_below_the_level_is_not_written() -> None:
    written = io.StringIO()
    set_up_logging("WARNING", "json", to=written)
    structlog.get_logger("test").info("quiet")
    assert written.getvalue() == ""


def test_our_series_carry_our_prefix_and_two_telemetries_do_not_meet() -> None:
    one, other = Telemetry(), Telemetry()
    one.alerts.labels("filed").inc()
    names = [line.split()[2] for line in one.exposition().decode().splitlines() if line.startswith("# TYPE")]
    assert all(name.startswith("sre_agent_") for name in names)
    assert 'fate="filed"' not in other.exposition().decode()


def test_a_test_may_log_in_its_own_way() -> None:
    structlog.reset_defaults()
    assert structlog.get_config()["processors"] is not LOGGED_BY


def test_and_the_next_one_logs_in_plain_words_again() -> None:
    assert structlog.get_config()["processors"] is LOGGED_BY
