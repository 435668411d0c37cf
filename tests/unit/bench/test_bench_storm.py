"""What a storm is made of: deliveries as Alertmanager sends them, each with an alert of its own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bench import storm
from sre_agent.intake.payload import delivery_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_delivery_is_one_that_intake_reads_with_a_fingerprint_of_its_own() -> None:
    deliveries = [delivery_of(storm.payload(number, NOW, "run"), redact=str) for number in range(1000)]
    alerts = [alert for delivery in deliveries for alert in delivery.alerts]
    assert len({alert.fingerprint for alert in alerts}) == 1000
    assert len({(alert.labels["namespace"], alert.labels["deployment"]) for alert in alerts}) == 200


def test_two_runs_send_different_alerts() -> None:
    fingerprints = {
        delivery_of(storm.payload(7, NOW, run), redact=str).alerts[0].fingerprint for run in ("aaa", "bbb")
    }
    assert len(fingerprints) == 2


def answer(text: str) -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    stream.feed_data(text.encode())
    stream.feed_eof()
    return stream


async def test_an_answer_is_read_to_its_end_so_that_the_connection_can_be_used_again() -> None:
    reader = answer("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusyHTTP/1.1 200 OK\r\n\r\n")
    assert await storm.status_of(reader) == "503"
    assert await storm.status_of(reader) == "200"


async def test_half_an_answer_is_no_answer() -> None:
    reader = answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    with pytest.raises(asyncio.IncompleteReadError):
        await storm.status_of(reader)
