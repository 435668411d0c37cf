"""The law in force is replaced only by one that reads without a mistake; a broken one is refused, aloud."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from policy_builders import FRAME, facts, plan, rule, step

from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.law import Verdict
from sre_agent.errors import SettingError
from sre_agent.law_office import LawOffice
from sre_agent.law_shelf import LawShelf
from sre_agent.law_source import PROFILES, LawSource, is_cases, shipped_law
from sre_agent.policy.problems import LawError
from sre_agent.ports.audit import AuditTrail
from sre_agent.telemetry import Telemetry
from sre_agent.testing.clock import HandClock

ALLOWS, DENIES = FRAME + rule("r", "true", "allowed"), FRAME + rule("r", "true", "denied")
BROKEN = FRAME + rule("r", "nope", "allowed")


def office(file: Path, text: str = ALLOWS) -> LawOffice:
    file.write_text(text)
    return LawOffice(LawSource(file), HandClock(), Telemetry())


def says(one: LawOffice) -> Verdict:
    return one.judge(plan(step()), facts()).verdict


def counted(one: LawOffice, name: str, **labels: str) -> float | None:
    assert one.telemetry is not None
    return one.telemetry.registry.get_sample_value(name, labels)


@pytest.mark.promise("ACT-12")
def test_a_changed_law_holds_from_the_next_look_on(tmp_path: Path) -> None:
    one = office(tmp_path / "law.yaml")
    (tmp_path / "law.yaml").write_text(DENIES)
    assert (says(one), one.look(), says(one)) == (Verdict.ALLOWED, "reloaded", Verdict.DENIED)
    assert one.look() == "unchanged"


@pytest.mark.promise("ACT-12")
@pytest.mark.parametrize("text", [BROKEN, "", "version: 1\nrules: []\n", "a: [", "\x00"])
def test_a_broken_law_is_refused_and_the_old_one_holds(tmp_path: Path, text: str) -> None:
    one = office(tmp_path / "law.yaml")
    digest = one.digest
    (tmp_path / "law.yaml").write_text(text)
    assert one.look() == "refused"
    assert (says(one), one.digest) == (Verdict.ALLOWED, digest)
    assert one.refused is not None
    assert str(tmp_path / "law.yaml") in one.refused.problems[0]
    assert counted(one, "sre_agent_law_reloads_total", result="refused") == 1
    assert counted(one, "sre_agent_law_refused") == 1


def test_a_law_that_is_taken_away_goes_on_holding(tmp_path: Path) -> None:
    one = office(tmp_path / "law.yaml")
    (tmp_path / "law.yaml").unlink()
    assert (one.look(), says(one)) == ("refused", Verdict.ALLOWED)


def test_a_mended_law_is_taken_and_nothing_is_held_against_it(tmp_path: Path) -> None:
    one = office(tmp_path / "law.yaml")
    (tmp_path / "law.yaml").write_text(BROKEN)
    one.look()
    (tmp_path / "law.yaml").write_text(DENIES)
    assert (one.look(), one.refused, says(one)) == ("reloaded", None, Verdict.DENIED)
    assert counted(one, "sre_agent_law_refused") == 0


def test_a_file_that_joins_a_folder_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ALLOWS)
    one = LawOffice(LawSource(tmp_path), HandClock())
    (tmp_path / "b.yaml").write_text("version: 1\nrules:\n" + rule("s", "true", "denied"))
    assert (one.look(), says(one)) == ("reloaded", Verdict.DENIED)


def test_test_cases_beside_the_law_are_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ALLOWS)
    (tmp_path / "a.cases.yaml").write_text("cases: []")
    assert says(LawOffice(LawSource(tmp_path), HandClock())) is Verdict.ALLOWED
    assert [is_cases(Path(name)) for name in ("cases.yaml", "x_test.yml", "showcases.yaml")] == [
        True,
        True,
        False,
    ]


def test_nothing_starts_with_a_law_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(LawError, match=r"law\.yaml:7:12: there is nothing called 'nope'"):
        office(tmp_path / "law.yaml", BROKEN)


@pytest.mark.promise("ACT-23")
@pytest.mark.parametrize("text", [BROKEN, "", None], ids=["broken", "empty", "gone"])
def test_who_starts_while_the_file_is_broken_goes_on_with_the_last_good_law_and_says_so(
    tmp_path: Path, text: str | None
) -> None:
    file, shelf = tmp_path / "law.yaml", LawShelf(tmp_path / "home.json")
    file.write_text(DENIES)
    before = LawOffice(LawSource(file), HandClock(), Telemetry(), shelf)
    file.write_text(text) if text is not None else file.unlink()
    after = LawOffice(LawSource(file), HandClock(), Telemetry(), shelf)
    assert (says(after), after.digest) == (Verdict.DENIED, before.digest)
    assert after.refused is not None
    assert counted(after, "sre_agent_law_refused") == 1
    file.write_text(ALLOWS)
    assert (after.look(), after.refused, says(after)) == ("reloaded", None, Verdict.ALLOWED)


@pytest.mark.promise("ACT-23")
def test_a_law_of_another_place_is_no_law_to_go_on_with(tmp_path: Path) -> None:
    shelf = LawShelf(tmp_path / "home.json")
    (tmp_path / "a.yaml").write_text(ALLOWS)
    LawOffice(LawSource(tmp_path / "a.yaml"), HandClock(), shelf=shelf)
    (tmp_path / "b.yaml").write_text(BROKEN)
    with pytest.raises(LawError):
        LawOffice(LawSource(tmp_path / "b.yaml"), HandClock(), shelf=shelf)


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"place": 1}', '{"place": "PLACE", "files": [1]}',
                                  '{"place": "PLACE", "files": [{"name": "x", "text": "nonsense: ["}]}'])  # fmt: skip
def test_a_damaged_shelf_gives_no_law(tmp_path: Path, kept: str) -> None:
    file = tmp_path / "law.yaml"
    file.write_text(BROKEN)
    (tmp_path / "home.json").write_text(kept.replace("PLACE", str(file)))
    with pytest.raises(LawError, match="nope"):
        LawOffice(LawSource(file), HandClock(), shelf=LawShelf(tmp_path / "home.json"))


def test_a_law_that_cannot_be_kept_holds_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "law.yaml"
    file.write_text(DENIES)
    assert (
        says(LawOffice(LawSource(file), HandClock(), shelf=LawShelf(tmp_path / "none" / "home.json")))
        is Verdict.DENIED
    )


@pytest.mark.promise("ACT-23")
@pytest.mark.parametrize("sees_the_good_one", ["first", "second"])
def test_of_two_processes_the_one_that_missed_a_good_law_takes_it_while_the_file_is_broken(
    tmp_path: Path, sees_the_good_one: str
) -> None:
    file, shelf = tmp_path / "law.yaml", LawShelf(tmp_path / "home.json")
    file.write_text(ALLOWS)
    two = {name: LawOffice(LawSource(file), HandClock(), shelf=shelf) for name in ("first", "second")}
    file.write_text(DENIES)
    assert two[sees_the_good_one].look() == "reloaded"
    file.write_text(BROKEN)
    assert [each.look() for each in two.values()] == ["refused", "refused"]
    for each in two.values():
        each.look()
    assert {each.digest for each in two.values()} == {two[sees_the_good_one].digest}
    assert {says(each) for each in two.values()} == {Verdict.DENIED}


def test_another_profile_is_tried_on_the_law_in_force_and_not_on_a_broken_file(tmp_path: Path) -> None:
    one = office(tmp_path / "law.yaml")
    (tmp_path / "law.yaml").write_text(BROKEN)
    one.look()
    assert one.under("read-only").judge(plan(step()), facts()).verdict is Verdict.DENIED
    assert one.under("default").digest == one.digest


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"version: 1\nname: \xff\n", r"law\.yaml:2:7: byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"#" * 1_000_001, r"law\.yaml:1:1: the file has 1000001 bytes; keep it under 1000000"),
    ],
)
def test_what_is_no_text_or_too_much_is_refused_with_its_place(
    tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "law.yaml").write_bytes(content)
    with pytest.raises(LawError, match=told):
        LawSource(tmp_path / "law.yaml").read()


def test_a_folder_without_a_law_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="holds no law"):
        LawSource(tmp_path).read()


class Enough(Exception):
    """The test has seen what it wanted."""


class Notary:
    """An audit trail that changes the law's file after each entry, as long as it has another text."""

    def __init__(self, file: Path, *texts: str) -> None:
        self.file, self.texts, self.actions = file, list(texts), list[str]()

    async def record(self, draft: AuditDraft) -> None:
        self.actions.append(draft.action)
        if not self.texts:
            raise Enough
        self.file.write_text(self.texts.pop(0))


async def test_every_law_taken_or_refused_leaves_a_trace_in_the_audit(tmp_path: Path) -> None:
    one = office(tmp_path / "law.yaml")
    notary = Notary(tmp_path / "law.yaml", DENIES, BROKEN)
    with pytest.raises(Enough):
        await one.watch(timedelta(seconds=5), cast(AuditTrail, notary))
    assert notary.actions == ["policy.loaded", "policy.reloaded", "policy.refused"]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_reads_over_the_shipped_law(profile: str) -> None:
    assert shipped_law(profile).law.rules


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "default"])
def test_a_profile_also_tightens_a_law_of_ones_own(tmp_path: Path, profile: str) -> None:
    (tmp_path / "law.yaml").write_text(ALLOWS)
    own = LawOffice(LawSource(tmp_path / "law.yaml", profile), HandClock())
    assert says(own).strictness > Verdict.ALLOWED.strictness
