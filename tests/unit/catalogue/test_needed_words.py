"""A text in which the words of a pattern stand nowhere is not searched: such a text never has a match."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sre_agent.catalogue.hearing import heard, sayings
from sre_agent.catalogue.index import entries
from sre_agent.catalogue.wordbook import FEW, Wordbook
from sre_agent.picture.literals import Sieve, folded, needed_words
from tests.effort import sample, tries
from tests.synthetic.fleet import by_logs, by_second_round
from tests.synthetic.harbour.cases import FAULTS
from tests.synthetic.harbour.fault import recorded
from tests.synthetic.talk import kept_shop, says

ODD = "\u0130\u0131\u017f\u212a\u00df\u03a3\u00e9"
"""Letters that some way of leaving case out takes for one or two of ASCII."""
TEXTS = st.text("abkiS 1." + ODD, max_size=14)


def _patterns_of(value: object) -> Iterator[re.Pattern[str]]:
    for one in value if isinstance(value, tuple | list) else (value,):
        told = (one, getattr(one, "_pattern", None), getattr(one, "pattern", None))
        yield from (found for found in told if isinstance(found, re.Pattern))


@cache
def patterns() -> tuple[re.Pattern[str], ...]:
    """Every pattern of the catalogue and of the picture."""
    entries()
    rooms = ("sre_agent.catalogue", "sre_agent.picture")
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith(rooms)]
    found = [one for module in modules for value in vars(module).values() for one in _patterns_of(value)]
    return tuple(dict.fromkeys(found))


@cache
def spoken() -> tuple[str, ...]:
    """What programs say in the synthetic applications, and the same in capitals and beyond ASCII."""
    lines = {line for fault in FAULTS[:1] for told in recorded(fault).lines.values() for _, line in told}
    lines |= {str(one) for module in (by_logs, by_second_round) for one in module.SEEN}
    plain = sorted(lines)
    return (
        *plain,
        *(line.upper() for line in plain[::9]),
        *(line.replace("s", "\u017f") for line in plain[::9]),
    )


@pytest.mark.promise("SEE-10")
def test_of_all_that_programs_say_each_pattern_finds_what_it_finds_searching_each_line() -> None:
    book = Wordbook(spoken())
    assert len(spoken()) > FEW
    for pattern in sample(patterns(), one_in=5):
        wanted = {text: found.span() for text in spoken() if (found := pattern.search(text))}
        assert {text: found.span() for text, found in book.found(pattern).items()} == wanted, pattern.pattern


def test_most_patterns_of_the_catalogue_need_words() -> None:
    assert len(patterns()) > 200
    assert sum(bool(needed_words(one)) for one in patterns()) > 0.8 * len(patterns())


def _parts() -> st.SearchStrategy[str]:
    """Patterns of every construction that the parser knows, small enough to match a short text often."""
    atoms = st.sampled_from(
        [
            "a",
            "b",
            "k",
            "i",
            "S",
            "ab",
            "ki",
            ".",
            "[ab]",
            "[^a]",
            r"\d",
            r"\s",
            r"\b",
            "^",
            "$",
            "[i1]",
            "[a-k]",
            *list(ODD),
        ]
    )
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map("".join),
            st.lists(inner, min_size=2, max_size=3).map(lambda some: f"(?:{'|'.join(some)})"),
            st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{0,1}", "{1,2}", "??"])).map(
                lambda both: f"(?:{both[0]}){both[1]}"
            ),
            inner.map(lambda one: f"({one})"),
            inner.map(lambda one: f"(?={one})"),
            inner.map(lambda one: f"(?!{one})"),
            inner.map(lambda one: f"(?i:{one})"),
            inner.map(lambda one: f"(?>{one})"),
        ),
        max_leaves=6,
    )


@pytest.mark.promise("SEE-10")
@given(_parts(), st.lists(TEXTS, min_size=1, max_size=12), st.sampled_from([0, re.I, re.I | re.A]))
@settings(max_examples=tries(2000, usual=150), suppress_health_check=[HealthCheck.too_slow])
def test_no_pattern_matches_a_text_without_its_words(written: str, texts: list[str], flags: int) -> None:
    pattern = re.compile(written, flags)
    words = needed_words(pattern, 1)
    missed = [text for text in texts if words and pattern.search(text) and not any(one in folded(text) for one in words)]  # fmt: skip
    assert missed == []


@given(st.data())
@settings(max_examples=2, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("place", sample(range(200), one_in=40))
def test_what_a_pattern_of_the_catalogue_matches_has_its_words(place: int, data: st.DataObject) -> None:
    pattern = patterns()[place % len(patterns())]
    text = data.draw(st.from_regex(pattern))
    words = needed_words(pattern)
    assert not words or any(one in folded(text) for one in words)


def test_every_letter_that_is_taken_for_one_of_ascii_is_folded_to_it() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    for taken in re.findall("[a-z0-9]", every, re.I):
        assert re.match(folded(taken), taken, re.I)
        assert re.fullmatch("[a-z0-9]", folded(taken))


def test_a_sieve_answers_as_its_pattern_does() -> None:
    sieve, pattern = Sieve(r"lag (\d+)|too slow", re.I), re.compile(r"lag (\d+)|too slow", re.I)
    for text in ("", "LAG 3", "flag", "Too Slow", "too \u017flow", "nothing"):
        found, wanted = sieve.search(text), pattern.search(text)
        assert (found and found.span()) == (wanted and wanted.span())


@pytest.mark.promise("SEE-10")
def test_who_says_the_same_is_heard_alike_and_in_the_order_of_the_logs() -> None:
    cluster = kept_shop()
    for number in range(FEW + 5):
        says(cluster, "ledger", f"ERROR order {'abcdefghij'[number % 10] * (number + 1)}: no such host")
    says(cluster, "parcel", "ERROR order a: no such host")
    picture = cluster.picture()
    told = list(heard(picture, re.compile("no such host")))
    assert [one for one, _ in told] == [one for one in sayings(picture) if "no such host" in one.text]
    assert {one.speaker.ref.name for one, _ in told} == {"ledger", "parcel"}
