"""Stack traces of the usual languages fold to what was thrown and the top frame of own code."""

from __future__ import annotations

import pytest

from mcp_servers.kit.stacks import Event, fold, story

JAVA = """ERROR payment could not be made
java.lang.IllegalStateException: bad state
\tat java.base/java.util.List.get(List.java:10)
\tat org.springframework.web.Filter.run(Filter.java:3)
\tat com.shop.Checkout.pay(Checkout.java:42)
Caused by: java.net.ConnectException: Connection refused
\t... 12 more"""
PYTHON = """ERROR:root:failed
Traceback (most recent call last):
  File "/app/shop/pay.py", line 12, in pay
    call()
  File "/usr/lib/python3.11/site-packages/requests/api.py", line 3, in get
    raise
ValueError: bad thing"""
CHAINED = """Traceback (most recent call last):
  File "/app/a.py", line 1, in outer
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/b.py", line 2, in inner
RuntimeError: y"""
NODE = """TypeError: Cannot read properties of undefined (reading 'id')
    at Object.get (/app/node_modules/express/x.js:1:2)
    at pay (/app/src/pay.js:10:5)"""
GO = """panic: runtime error: index out of range [3] with length 2

goroutine 1 [running]:
main.(*Server).pay(0xc000, 0x1)
\t/app/main.go:12 +0x1d
exit status 2"""
DOTNET = """System.NullReferenceException: Object reference
   at System.String.Foo(String a)
   at Shop.Pay.Run(Int32 x) in /src/Pay.cs:line 12"""
RUBY = """/app/pay.rb:12:in `pay': undefined method (NoMethodError)
from /app/main.rb:1:in `<main>'"""
PHP = """PHP Fatal error:  Uncaught Exception: x
Stack trace:
#0 /app/b.php(5): foo()
#1 {main}
  thrown in /app/a.php on line 3"""
RUST = """thread 'main' panicked at src/main.rs:2:5:
index out of bounds
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:1
   1: shop::pay
             at ./src/main.rs:2:5"""


def events(text: str) -> list[Event]:
    return list(fold((str(place), line) for place, line in enumerate(text.split("\n"))))


@pytest.mark.parametrize(
    ("text", "headline", "place"),
    [
        (JAVA, "java.lang.IllegalStateException: bad state", "com.shop.Checkout.pay (Checkout.java)"),
        (PYTHON, "ValueError: bad thing", "pay (pay.py)"),
        (CHAINED, "RuntimeError: y", "inner (b.py)"),
        (NODE, "TypeError: Cannot read properties of undefined (reading 'id')", "pay (pay.js)"),
        (GO, "panic: runtime error: index out of range", "main.(*Server).pay (main.go)"),
        (DOTNET, "System.NullReferenceException: Object reference", "Shop.Pay.Run (Pay.cs)"),
        (RUBY, "undefined method (NoMethodError)", "pay (pay.rb)"),
        (PHP, "Uncaught Exception: x", "foo (b.php)"),
        (RUST, "index out of bounds", "shop::pay (main.rs)"),
    ],
)
def test_a_stack_is_one_event_with_its_exception_and_own_frame(text: str, headline: str, place: str) -> None:
    found = events(text + "\nready again")
    assert [one.text for one in found][1:] == ["ready again"]
    told = story(found[0].text, "\n".join(found[0].more))
    assert headline in told.headline
    assert told.frame is not None
    assert told.frame.own
    assert told.frame.place == place


def test_the_deepest_cause_is_quoted() -> None:
    found = events(JAVA)[0]
    assert story(found.text, "\n".join(found.more)).cause == "java.net.ConnectException: Connection refused"


def test_two_stacks_in_a_row_are_two_events() -> None:
    assert len(events(f"{JAVA}\n{JAVA}")) == 2
    assert len(events(f"{NODE}\n{NODE}")) == 2


def test_structured_lines_never_join_a_stack() -> None:
    assert len(events(f'{NODE}\n{{"level":"info"}}\n{{"level":"info"}}')) == 3


def test_an_endless_stack_is_cut_into_events() -> None:
    found = events("Error: x\n" + "\n".join("    at f (/a.js:1:1)" for _ in range(2000)))
    assert all(len(one.more) <= 400 for one in found)


NODE_CAUSE = """Error: order failed
    at place (/app/src/order.js:4:1) {
  [cause]: Error: refused
      at connect (/app/src/db.js:2:3)
}"""
RAILS = """F, [2026-11-30T10:00:00 #1] FATAL -- : NoMethodError (undefined method `x' for nil:NilClass):

app/models/cart.rb:4:in `add'
app/controllers/carts.rb:9:in `create'"""
RUST_COLUMNS = """thread 'main' panicked at src/main.rs:4:5:
index out of bounds
stack backtrace:
   0: rust_begin_unwind
             at /rustc/abc/library/std/src/panicking.rs:645:5
   1: shop::cart::add
             at ./src/cart.rs:42:9"""
ELIXIR = """** (RuntimeError) boom
    (shop 0.1.0) lib/shop/cart.ex:42: Shop.Cart.add/1
    (elixir 1.15.0) lib/enum.ex:1: Enum.map/2"""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (NODE_CAUSE, "place (order.js)"),
        (RAILS, "add (cart.rb)"),
        (RUST_COLUMNS, "shop::cart::add (cart.rs)"),
        (ELIXIR, "Shop.Cart.add/1 (cart.ex)"),
    ],
)
def test_stacks_with_causes_in_braces_and_frames_at_the_margin_fold_whole(text: str, place: str) -> None:
    first, after = events(f"{text}\nlistening on 8080")
    frame = story(first.text, "\n".join(first.more)).frame
    assert frame is not None
    assert frame.place == place
    assert after.text == "listening on 8080"
