"""PromQL is parsed before it is sent, and what is wrong is shown where it is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.prometheus import promql


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("rate(x[5m]", 5),
        ('sum(rate(h{job="a)"}[5m])) by (code', 31),
        ("foo bar", 5),
        ("1 + ) 2", 5),
        ("sum(nosuch(x))", 5),
        ("sum(rate(x))", 5),
        ("up ==== 1", 4),
    ],
)
def test_a_wrong_expression_is_refused_with_the_position_of_the_error(expression: str, position: int) -> None:
    with pytest.raises(ToolError) as caught:
        promql.instant(expression)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert f"at position {position} " in caught.value.message


@pytest.mark.parametrize("expression", ["x[5m]", "rate(x[1m])[5m:1m]"])
def test_a_bare_range_is_refused_with_a_remedy(expression: str) -> None:
    with pytest.raises(ToolError, match="range of samples") as caught:
        promql.instant(expression)
    assert "rate(" in caught.value.try_next


@given(st.text(max_size=40))
def test_no_label_value_can_leave_its_quotes(value: str) -> None:
    if "\x00" in value:
        return
    tree = promql.parsed(promql.selector("up", [f"a={promql.quoted(value)}"]))
    assert type(tree).__name__ == "VectorSelector"
    assert len(tree.matchers.matchers) == 1


@given(st.text(max_size=60))
def test_any_text_is_either_parsed_or_refused_but_never_breaks(text: str) -> None:
    with suppress(ToolError):
        promql.instant(text)
