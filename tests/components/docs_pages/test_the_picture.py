"""The drawn terminal says what was said: shortened where it is long, and told so."""

from __future__ import annotations

from docs.generate import picture


def test_a_run_of_one_sort_of_line_is_shortened_and_counted() -> None:
    said = ["  +0.1s ? one?", "  +0.1s ? two?", "  +0.2s ? three?", "  +0.2s ? four?", "  +0.3s ✓ found"]
    told = [line for line in picture.shortened(said) if line]
    assert told[:2] == said[:2]
    assert "… 2 more" in told[2]
    assert told[3:] == said[4:]


def test_what_stands_below_a_line_is_shown_once_and_not_at_any_length() -> None:
    diff = [f"           +{number}" for number in range(20)]
    told = list(picture.shortened(["  +1s ─ DECIDE", *diff, "  +2s ✔ ACT", *diff]))
    assert told.count(diff[0]) == 1
    assert any("… 11 more" in line for line in told)


def test_what_a_spinner_wrote_is_not_drawn_and_what_follows_it_is() -> None:
    svg = picture.drawn("\x1b[32m⠋\x1b[0m 30 s\x1b[2K\x1b[32m⠙\x1b[0m 29 s\x1b[2K\nBreaking the shop\n")
    assert "Breaking" in svg
    assert "30" not in svg.split("</style>")[1].split("<text")[-1]
    assert "⠋" not in svg
    assert "http://www.w3.org" in svg
    assert "@font-face" not in svg, "a picture fetches nothing"


def test_the_picture_in_the_readme_was_drawn_from_a_demo_that_ended_well() -> None:
    drawn = picture.IMAGE.read_text("utf-8")
    for word in ("ROOT&#160;CAUSE", "LAW", "APPROVE?", "RESOLVED&#160;after"):
        assert word in drawn, word
