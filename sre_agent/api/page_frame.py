"""What every view of the incidents page stands in: head, style, the policy for browsers, and the door."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib import resources

from sre_agent.api.markup import Child, Markup, el

_SECONDS_BETWEEN_LOOKS = 5


@lru_cache
def style() -> str:
    return resources.files("sre_agent.api").joinpath("static/page.css").read_text("utf-8")


@lru_cache
def policy() -> str:
    """No script at all, our own style, and forms to ourselves."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def document(title: str, *body: Child, refresh: bool = False, who: str = "") -> str:
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", http_equiv="refresh", content=_SECONDS_BETWEEN_LOOKS) if refresh else None,
        el("title", title),
        el("style", Markup(style())),
    )
    return f"<!doctype html>{el('html', head, el('body', _header(who), *body), lang='en')}"


def _header(who: str) -> Markup:
    title = el("h1", el("a", "SRE Agent", href="/"))
    if not who:
        return el("header", title)
    links = el(
        "nav", el("a", "Unfinished", href="/?show=unfinished"), el("a", "Left alone", href="/left-alone")
    )
    leave = el("form", el("button", f"Leave ({who})"), method="post", action="/leave")
    return el("header", title, links, leave)


def login(said: str = "") -> str:
    form = el(
        "form",
        el(
            "input",
            type="password",
            name="token",
            placeholder="token",
            autocomplete="off",
            required=True,
            autofocus=True,
        ),
        el("button", "Enter"),
        method="post",
        action="/enter",
    )
    explained = el(
        "p",
        "This page shows incidents and needs a token, like every reader. The first one is ",
        el("code", "ADMIN_TOKEN"),
        " in the platform's ",
        el("code", ".env"),
        ". Answers to plans are given with ",
        el("code", "sre-agent approve"),
        " or through the API. The one-time link of the start needs the dashboard, which is not built here: ",
        el("code", "make dashboard"),
        " builds it (Node 20), then stop and start.",
    )
    return document(
        "SRE Agent", el("p", said, class_="note no", role="alert") if said else None, explained, form
    )


def message(title: str, text: str, *, back: str = "", back_says: str = "") -> str:
    """`back` is an address of ours, under which one may go on."""
    link = el("p", el("a", back_says, href=back)) if back else None
    return document(title, el("h2", title), el("p", text, class_="note"), link)
