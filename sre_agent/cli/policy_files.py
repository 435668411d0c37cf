"""What `policy check` and `policy test` do: laws and cases read from files, mistakes and failures shown with their places."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.screen import console, print_json
from sre_agent.law_source import PROFILES, SHIPPED, LawSource, is_cases, law_files, profile_files, read_files
from sre_agent.policy.casework import CaseFile, read_cases
from sre_agent.policy.lawbook import Law
from sre_agent.policy.places import MAX_CHARS
from sre_agent.policy.problems import LawError, Place, Problem
from sre_agent.policy.reading import LawFile, read_law
from sre_agent.policy.trying import Tried, never_matched, tried

_NAME_A_LAW: Final = "name a law file or a folder of them; without a name the shipped law is meant"


def check_law(path: Path | None, profile: str, *, as_json: bool) -> None:
    """Ends the command with exit code 2 where anything is wrong."""
    place = existing(path or SHIPPED)
    law: Law | None = None
    problems: list[Problem] = []
    if not is_cases(place):
        law, problems = _law(LawSource(place, profile))
    cases = _cases_in(place)
    for file in cases:
        problems += _mistakes_of(file)
    if as_json:
        print_json({"ok": not problems, "problems": told(problems), "law": _summary(law) if law else None})
    else:
        _show_check(place, law, len(cases), problems)
    if problems:
        raise CommandFailed(ExitCode.USAGE, f"{len(problems)} mistake(s); the platform would refuse this law")


def existing(place: Path, hint: str = _NAME_A_LAW) -> Path:
    if not place.exists():
        raise CommandFailed(ExitCode.NOT_FOUND, f"{place}: there is no such file or folder", hint=hint)
    return place


def _law(source: LawSource) -> tuple[Law | None, list[Problem]]:
    try:
        return source.read().law, []
    except LawError as wrong:
        return None, list(wrong.problems)


def _cases_in(place: Path) -> list[Path]:
    if place.is_dir():
        return [file for file in sorted(place.rglob("*.y*ml")) if is_cases(file)]
    return [place] if is_cases(place) else []


def _mistakes_of(file: Path) -> list[Problem]:
    try:
        read_cases(read_files([file])[0], PROFILES)
    except LawError as wrong:
        return list(wrong.problems)
    return []


def told(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "file": each.place.file,
            "line": each.place.line,
            "column": each.place.column,
            "found": each.what,
            "remedy": each.remedy,
        }
        for each in problems
    ]


def _summary(law: Law) -> dict[str, Any]:
    return {
        "digest": law.digest,
        "rules": [rule.id for rule in law.rules],
        "autonomy": {"default": law.autonomy.value, "levels": [level.id for level in law.levels]},
        "freezes": [freeze.id for freeze in law.freezes],
        "actions": list(law.actions),
    }


def _show_check(place: Path, law: Law | None, cases: int, problems: Sequence[Problem]) -> None:
    screen = console()
    for each in problems:
        screen.print(f"{each.place}: {each.what}\n    {_line_at(each)}\n    {each.remedy}")
    if law is not None:
        screen.print(
            f"{place}: {len(law.rules)} rules, {len(law.levels)} levels of autonomy (default {law.autonomy}), "
            f"{len(law.freezes)} freezes, {len(law.actions)} kinds of action, {cases} files of cases. "
            f"Digest {law.digest[:12]}."
        )
    if law is None and not problems:
        screen.print(f"{place}: a file of test cases, without mistakes. Next: sre-agent policy test {place}")
    if law is not None and not problems:
        screen.print("No mistakes. Next: sre-agent policy test DIR; sre-agent policy simulate FILE")


def _beginning_of(file: Path) -> str:
    """As much as a law may have; nothing of what is no file, which may never end."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        return stream.read(MAX_CHARS).decode("utf-8", errors="replace")


def _line_at(problem: Problem) -> str:
    """The line itself, with a mark under the place."""
    try:
        line = _beginning_of(Path(problem.place.file)).splitlines()[problem.place.line - 1]
    except (OSError, IndexError):
        return "(the place cannot be shown)"
    start = max(0, problem.place.column - 60)
    return f"{line[start : start + 100]}\n    {' ' * (problem.place.column - 1 - start)}^"


def test_laws(folder: Path | None, *, as_json: bool) -> None:
    """Ends the command with exit code 2 for a wrong file, 3 where there are no cases, 10 where a case fails."""
    place = existing(folder or SHIPPED.parent)
    files = _cases_in(place)
    if not files:
        hint = "cases stand in cases.yaml or NAME.cases.yaml; see `docs/how-to/write-a-policy-rule.md`"
        raise CommandFailed(ExitCode.NOT_FOUND, f"{place}: no file of test cases", hint=hint)
    try:
        results = {file: _put_to_cases(file) for file in files}
    except LawError as wrong:
        for each in wrong.problems:
            console(error=True).print(str(each))
        raise CommandFailed(ExitCode.USAGE, f"{len(wrong.problems)} mistake(s); nothing was tested") from None
    failed = [one for _, found in results.values() for one in found if not one.passed]
    if as_json:
        print_json([_told_file(file, law, found) for file, (law, found) in results.items()])
    else:
        for file, (_, found) in results.items():
            _show_file(file, found)
        _show_untouched([never_matched(law, found) for law, found in results.values()])
    if failed:
        raise CommandFailed(ExitCode.NOT_WELL, f"{len(failed)} case(s) failed")


def _put_to_cases(file: Path) -> tuple[Law, tuple[Tried, ...]]:
    made = read_cases(read_files([file])[0], PROFILES)
    law = read_law(_law_of(file, made))
    return law, tried(law, made.cases)


def _law_of(file: Path, made: CaseFile) -> list[LawFile]:
    """The files that a case file names, beside it; else every law file of its folder, or of the one above it."""
    named = [file.parent / name for name in made.law]
    if strange := [name for name in named if name.suffix not in (".yaml", ".yml")]:
        told = f"`law` names {str(strange[0])!r}, which is no YAML file by its name"
        raise LawError((Problem(Place(str(file), 1, 1), told, "name the law's own files, as in [law.yaml]"),))
    beside = named or law_files(file.parent) or law_files(file.parent.parent)
    return read_files([*beside, *profile_files(made.profile)])


def _told_file(file: Path, law: Law, results: Sequence[Tried]) -> dict[str, Any]:
    return {
        "file": str(file),
        "passed": sum(one.passed for one in results),
        "failed": sum(not one.passed for one in results),
        "untouched": list(never_matched(law, results)),
        "cases": [_told_case(one) for one in results],
    }


def _told_case(one: Tried) -> dict[str, Any]:
    found = one.found
    differences = [{"what": what, "expected": wanted, "found": got} for what, wanted, got in one.differences]
    return {
        "name": one.case.name,
        "line": one.case.place.line,
        "passed": one.passed,
        "verdict": found.verdict.value,
        "rule": found.rule,
        "autonomy": found.autonomy.value,
        "sentence": found.sentence,
        "differences": differences,
    }


def _show_untouched(of_each: Sequence[Sequence[str]]) -> None:
    """Names that are in none of the files touched: nobody would notice if that rule said something else."""
    names = [name for name in of_each[0] if all(name in others for others in of_each)]
    if names:
        console().print(f"No case touches {', '.join(names)}.")


def _show_file(file: Path, results: Sequence[Tried]) -> None:
    screen = console()
    for one in (one for one in results if not one.passed):
        screen.print(f"{one.case.place}: FAILED: {one.case.name}")
        for what, wanted, got in one.differences:
            screen.print(f"    {what}: expected {wanted}, found {got}")
        screen.print(f"    the law said: {one.found.verdict} by {one.found.rule}: {one.found.sentence}")
    screen.print(f"{file}: {sum(one.passed for one in results)} of {len(results)} cases hold")
