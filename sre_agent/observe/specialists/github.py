"""The GitHub specialist: merges and deploys before the incident, and what one of them changed."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from sre_agent.domain.evidence import Question
from sre_agent.observe.repertoire import Ask, Claim
from sre_agent.observe.scene import NamedCall, Scene, stamp, text, tool
from sre_agent.picture.objects import items
from sre_agent.picture.reading import Kept


def _changes(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    window: dict[str, JsonValue] = {"since": stamp(scene.window.start), "until": stamp(scene.now)}
    return (
        tool("github/merges", "github.list_merges", window, scene.window),
        tool("github/deploys", "github.list_deploys", window, scene.window),
    )


def _commit(question: Question, scene: Scene) -> tuple[NamedCall, ...]:
    return (tool("github/commit", "github.get_commit", {"sha": text(question, "sha")}),)


def _claims(question: Question, kept: Sequence[Kept]) -> tuple[Claim, ...]:
    claims: list[Claim] = []
    for one in kept:
        for merge in items(one.answer, "merges")[:3]:
            told = f"#{merge.get('number')} {merge.get('title')} was merged at {merge.get('merged_at')} by {merge.get('author')}"
            claims.append(Claim(told, (one.id,)))
        for deploy in items(one.answer, "deploys")[:3]:
            claims.append(
                Claim(f"{deploy.get('sha', '')[:7]} was deployed at {deploy.get('created_at')}", (one.id,))
            )
        if files := items(one.answer, "files"):
            claims.append(
                Claim(f"it touches {', '.join(str(file.get('path')) for file in files[:5])}", (one.id,))
            )
    return tuple(claims) or (Claim("no merges or deploys in the window", tuple(one.id for one in kept[:1])),)


REPERTOIRE = {
    "changes": Ask(_changes, _claims, "what people changed before it began"),
    "commit": Ask(_commit, _claims, "whether a change touches what fails"),
}
