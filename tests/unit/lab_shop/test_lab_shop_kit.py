"""The house library: CPU share, workers, memory, settings, metrics and stacks."""

from __future__ import annotations

import asyncio
import json

import pytest

from infrastructure.lab.shop.kit.cpu import PERIOD_SECONDS, CpuShare
from infrastructure.lab.shop.kit.errors import Overloaded
from infrastructure.lab.shop.kit.memory import MIB, Appetite, WorkingSet
from infrastructure.lab.shop.kit.metrics import Counter, Histogram, page
from infrastructure.lab.shop.kit.output import stack_text
from infrastructure.lab.shop.kit.settings import milliseconds_by_name, number, one_of, whole
from infrastructure.lab.shop.kit.workers import Workers


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def test_work_within_the_quota_takes_its_own_time_and_is_not_throttled() -> None:
    time = Time()
    share = CpuShare(500, clock=time, sleep=time.sleep)
    await share.spend(0.02)
    assert time.now == pytest.approx(1000.02)
    assert share.periods()[1] == 0


async def test_work_beyond_the_quota_waits_for_the_next_period() -> None:
    time = Time()
    share = CpuShare(20, clock=time, sleep=time.sleep)
    await share.spend(0.014)
    assert time.now - 1000.0 >= 6 * PERIOD_SECONDS
    every, throttled = share.periods()
    assert throttled >= 6
    assert every >= throttled
    assert share.used_seconds == pytest.approx(0.014)


async def test_without_a_limit_nothing_is_throttled() -> None:
    time = Time()
    share = CpuShare(None, clock=time, sleep=time.sleep)
    await share.spend(5.0)
    assert time.now == pytest.approx(1005.0)
    assert share.periods()[1] == 0


async def test_a_full_queue_refuses_and_a_freed_worker_takes_the_next_in_turn() -> None:
    workers = Workers(1, queue=1)
    await workers.enter()
    waiting = asyncio.ensure_future(workers.enter())
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="all 1 workers are busy"):
        await workers.enter()
    workers.leave()
    await waiting
    assert (workers.active, workers.waiting) == (1, 0)
    workers.leave()
    assert workers.active == 0


async def test_one_who_gives_up_waiting_leaves_no_worker_taken() -> None:
    workers = Workers(1, queue=2)
    await workers.enter()
    impatient = asyncio.ensure_future(workers.enter())
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    workers.leave()
    assert (workers.active, workers.waiting) == (0, 0)


async def test_one_who_is_cancelled_after_its_turn_came_hands_the_worker_on() -> None:
    workers = Workers(1, queue=2)
    await workers.enter()
    called = asyncio.ensure_future(workers.enter())
    await asyncio.sleep(0)
    workers.leave()
    called.cancel()
    await asyncio.gather(called, return_exceptions=True)
    assert workers.active == 0


def test_memory_loads_at_start_then_breathes_with_the_cache() -> None:
    time = Time()
    memory = WorkingSet(
        Appetite(at_start=30, loaded=70, load_seconds=2, cache=20, sweep_seconds=10), clock=time
    )
    assert memory.bytes_now() == 30 * MIB
    time.now += 19.9
    full = memory.bytes_now()
    time.now += 0.2
    swept = memory.bytes_now()
    assert full > 89 * MIB
    assert swept < 71 * MIB


def test_memory_grows_with_requests_under_way() -> None:
    time = Time()
    memory = WorkingSet(Appetite(each_request=2), clock=time)
    idle = memory.bytes_now()
    memory.active_requests = 5
    assert memory.bytes_now() - idle == 10 * MIB


@pytest.mark.parametrize(
    ("read", "raw", "words"),
    [
        (whole(1, 3), "eight", "a whole number from 1 to 3"),
        (whole(1, 3), "4", "a whole number from 1 to 3"),
        (number(0, 2), "2s", "a number from 0 to 2"),
        (one_of("EUR", "SEK"), "USD", "one of EUR, SEK"),
        (milliseconds_by_name, "web=1.6s,app=1.2s", "name=milliseconds pairs, found 'web=1.6s'"),
    ],
)
def test_a_setting_that_cannot_be_used_says_what_was_expected(read, raw: str, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        read(raw)


def test_budgets_are_read_by_channel() -> None:
    assert milliseconds_by_name("web=800, app=600") == {"web": 800, "app": 600}


def test_a_histogram_counts_cumulatively_and_a_counter_keeps_large_numbers_whole() -> None:
    times, calls = Histogram("t_seconds", "t", ("route",)), Counter("c_total", "c", ("code",))
    times.observe(0.02, "/")
    times.observe(9.0, "/")
    calls.add("200", amount=12_345_678)
    text = page([times, calls])
    assert 't_seconds_bucket{route="/",le="0.025"} 1' in text
    assert 't_seconds_bucket{route="/",le="+Inf"} 2' in text
    assert 'c_total{code="200"} 12345678' in text


def test_a_stack_names_the_repository_path_the_line_and_its_text() -> None:
    source = "TABLE = {}\n\n\ndef look(name):\n    return TABLE[name]\n"
    namespace: dict[str, object] = {}
    exec(compile(source, "services/cart/app.py", "exec"), namespace)  # noqa: S102 - that is what is tested
    try:
        namespace["look"]("partner")  # type: ignore[operator]
    except KeyError as error:
        text = stack_text(error, {"services/cart/app.py": source})
    assert 'File "services/cart/app.py", line 5, in look\n    return TABLE[name]' in text
    assert text.endswith("KeyError: 'partner'")


def test_a_log_line_is_one_json_object_also_with_a_stack_in_it() -> None:
    from infrastructure.lab.shop.kit.output import Output

    lines: list[str] = []
    Output("cart", lines.append).error("request failed", stack="a\nb", trace_id="1f")
    assert len(lines[0].splitlines()) == 1
    entry = json.loads(lines[0])
    assert entry["level"] == "error"
    assert {"ts", "level", "msg", "service", "trace_id", "stack"} <= set(entry)
