"""Which trials a run asks for: what pytest deselected (`-k`, `--last-failed`) is not played either."""

from __future__ import annotations

from typing import Any

import pytest


def selected(session: pytest.Session) -> set[Any]:
    """The `trial` of every test that is going to run."""
    calls = (getattr(item, "callspec", None) for item in session.items)
    return {call.params["trial"] for call in calls if call is not None and "trial" in call.params}
