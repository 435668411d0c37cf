"""The place in a program's own code is found in traces of the usual languages, one line or many."""

from __future__ import annotations

import json

import pytest

from sre_agent.catalogue.hearing import sayings
from sre_agent.catalogue.stacks import place_in, trace_of
from tests.synthetic.shops import shop
from tests.worlds import ONSET, stamp

PYTHON = (
    "Traceback (most recent call last):",
    '  File "/usr/lib/python3.11/site-packages/flask/app.py", line 1820, in dispatch',
    '  File "/app/ledger/prices.py", line 88, in total',
    "KeyError: 'EUR'",
)
JVM = (
    "java.lang.IllegalStateException: empty basket",
    "\tat java.util.ArrayList.get(ArrayList.java:427)",
    "\tat shop.ledger.Prices.total(Prices.java:88)",
    "\tat org.springframework.web.Servlet.service(Servlet.java:897)",
)
GO = (
    "panic: runtime error: index out of range [3]",
    "goroutine 17 [running]:",
    "main.total(...)",
    "\t/src/prices.go:88 +0x1d",
)
NODE = (
    "RangeError: bad basket",
    "    at total (/app/src/prices.js:88:14)",
    "    at run (/app/node_modules/x/y.js:3:1)",
)


@pytest.mark.parametrize("stamped", [False, True])
@pytest.mark.parametrize(
    ("lines", "words", "place"),
    [
        (PYTHON, "KeyError", "/app/ledger/prices.py:88"),
        (JVM, "empty basket", "Prices.java:88"),
        (GO, "index out of range", "/src/prices.go:88"),
        (NODE, "bad basket", "/app/src/prices.js:88"),
    ],
)
def test_the_innermost_frame_of_own_code_is_the_place(
    lines: tuple[str, ...], words: str, place: str, stamped: bool
) -> None:
    cluster = shop()
    pod = cluster.pods_of("ledger")[0]["metadata"]["name"]
    cluster.log(pod, [f"{stamp(ONSET)} {line}" if stamped else line for line in lines])
    picture = cluster.picture()
    (found,) = [one for one in sayings(picture) if words in one.text]
    assert place_in(trace_of(picture, found)) == place


def test_a_trace_within_one_json_line_is_read_there() -> None:
    cluster = shop()
    pod = cluster.pods_of("ledger")[0]["metadata"]["name"]
    cluster.log(pod, [json.dumps({"level": "error", "msg": "failed", "stack": "\n".join(PYTHON)})])
    picture = cluster.picture()
    (found,) = [one for one in sayings(picture) if "KeyError" in one.text]
    assert place_in(trace_of(picture, found)) == "/app/ledger/prices.py:88"
