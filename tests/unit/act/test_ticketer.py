"""The permanent fix of what was done for a time is opened as an issue, once, under the law; or its owner hears why not."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest
from act_world import NEVER, Crash, Stage, drive
from timed_step import HOURS, LEFT, PLAN, TimedWorld, box

from mcp_servers.github.orders import CreateIssue
from sre_agent.act import ticketing
from sre_agent.api import mitigations
from sre_agent.api.callers import Caller
from sre_agent.api.parts import ApiParts
from sre_agent.domain.frozen import JsonObject
from sre_agent.domain.incident import Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Actor, Judgement, PlanFacts, Role, Ruling, Verdict
from sre_agent.domain.mitigation import Mitigation, MitigationState, Ticket, TicketState
from sre_agent.domain.plan import Plan
from sre_agent.errors import Conflict, ToolFailed, ToolNotConfigured, ToolTimeout, ToolUnavailable
from sre_agent.ports.ledger import IncidentUpdate
from sre_agent.ports.run import Run
from sre_agent.restorer import restore_due
from sre_agent.testing.archive import MemoryArchive
from sre_agent.testing.bulletin import MemoryBulletin
from sre_agent.testing.clock import A_TUESDAY_MORNING
from sre_agent.testing.ledger import MemoryLedger
from sre_agent.ticketer import TRY_AGAIN, is_ticket_missing, open_tickets

KEY = "key-0000-ticket"
URL = "https://github.com/shop/checkout/issues/12"
ISSUE: JsonObject = {
    "changed": True, "diff": "", "already_done": False, "undo": {"tool": None, "statement": "A person closes it."},
    "target": {"kind": "Issue", "namespace": "shop/checkout", "name": "#12"}, "after": {"/url": URL},
}  # fmt: skip


class Server(TimedWorld):
    """Answers of an issue and of an undo what the real servers do."""

    def _result(self, key: str) -> JsonObject:
        if key == KEY:
            return {**ISSUE, "key": key}
        return super()._result(key)


class Place(Stage):
    """A stage whose law says of tickets what `tickets` is set to."""

    tickets: Verdict = Verdict.ALLOWED

    def judge(self, plan: Plan, facts: PlanFacts) -> Ruling:
        if facts.asked_by != "mitigation":
            return super().judge(plan, facts)
        self.facts.append(facts)
        verdict = self.tickets if plan.steps[0].action == "create_ticket" else Verdict.ALLOWED
        told = Judgement(step=0, verdict=verdict, rule="r", sentence="A level holds.", roles=("approver",))
        return Ruling(plan_digest=plan.digest, law_digest=NEVER, verdict=verdict, judgements=(told,))


async def done(**world: object) -> tuple[Place, Run]:
    """A step was done for two hours, and the incident has ended."""
    stage = Place(PLAN, world=Server(grounds={"preview_scale_back": LEFT}, **world))  # type: ignore[arg-type]
    run = await stage.set()
    await drive(stage, run)
    await stage.write(update=IncidentUpdate(status=Status.RESOLVED))
    return stage, await stage.take_over("runner-2")


def ticket(stage: Stage) -> Ticket:
    found = box(stage).ticket
    assert found is not None
    return found


def opened(stage: Stage) -> list[tuple[str, str]]:
    return [effect for effect in stage.world.effects if effect[0] == "create_issue"]


async def tried(stage: Stage, times: int = 1) -> None:
    """As the runner would when its job is due."""
    for number in range(times):
        stage.clock.advance(TRY_AGAIN)
        await restore_due(await stage.take_over(f"again-{number}-{stage.clock.now()}"))


@pytest.mark.promise("ACT-22")
async def test_when_the_incident_has_ended_the_fix_is_opened_as_an_issue_and_its_address_is_on_file() -> None:
    stage, run = await done()
    assert await is_ticket_missing(run)
    assert await restore_due(run) == box(stage).expires_at
    assert (ticket(stage).state, ticket(stage).name, ticket(stage).url) == (
        TicketState.OPENED, "shop/checkout#12", URL,
    )  # fmt: skip
    assert opened(stage) == [("create_issue", KEY)]
    (said,) = stage.texts(Kind.MITIGATION_TICKETED)
    assert URL in said
    audited = stage.store.state.audit[-1]
    assert (audited.actor, audited.action) == ("sre-agent", "mitigation.fix_opened")
    assert not await is_ticket_missing(run)


async def test_it_says_what_it_replaces_and_of_which_incident_and_is_granted_for_one_call() -> None:
    stage, run = await done()
    await restore_due(run)
    right = stage.world.rights[-1]
    assert right.key == KEY
    (call,) = [ticketing.ticket_plan(PLAN, box(stage)).steps[0].call]
    assert call is not None
    assert call.arguments["title"] == "Deployment checkout: Give it an autoscaler."
    for told in ("Give it an autoscaler.", "Step 0.", "Scale back to 2.", "inc_0000000000000001"):
        assert told in str(call.arguments["body"])


def _filed(fix: str) -> Mitigation:
    return Mitigation(
        key=PLAN.steps[0].key,
        incident_id=PLAN.incident_id,
        plan_digest=PLAN.digest,
        step=0,
        target=PLAN.entity,
        statement="Step 0.",
        restore="Scale back to 2.",
        fix=fix,
        began_at=A_TUESDAY_MORNING,
        expires_at=A_TUESDAY_MORNING,
        updated_at=A_TUESDAY_MORNING,
    )


def test_a_title_is_one_line_however_long_the_fix_is() -> None:
    call = ticketing.ticket_plan(PLAN, _filed("a\nb " * 200)).steps[0].call
    assert call is not None
    title = str(call.arguments["title"])
    assert "\n" not in title
    assert len(title) <= 250


@pytest.mark.promise("ACT-22")
async def test_cut_at_every_input_and_output_one_issue_is_opened_and_the_step_is_restored_once() -> None:
    stage, run = await done()
    stage.clock.advance(HOURS)
    run = await stage.take_over("runner-3")
    stage.wire.arm()
    await restore_due(run)
    moments = stage.wire.count
    assert moments > 20
    for cut in range(1, moments + 1):
        stage, run = await done()
        stage.clock.advance(HOURS)
        run = await stage.take_over("runner-3")
        stage.wire.arm(cut)
        with pytest.raises(Crash):
            await restore_due(run)
        stage.wire.arm()
        await restore_due(await stage.take_over("runner-4"))
        assert opened(stage) == [("create_issue", KEY)], cut
        assert sorted(stage.world.keys) == ["key-0000", KEY, "key-0000-undo"], cut
        assert (ticket(stage).url, box(stage).state) == (URL, MitigationState.RESTORED), cut
        assert len(stage.texts(Kind.MITIGATION_TICKETED)) == 1, cut


@pytest.mark.promise("ACT-22")
@pytest.mark.parametrize(
    ("verdict", "kind"), [(Verdict.NEEDS_APPROVAL, Kind.MITIGATION_ASKED), (Verdict.DENIED, Kind.NOTE_ADDED)]
)
async def test_where_the_law_does_not_allow_it_nothing_is_opened_and_it_is_said_once(
    verdict: Verdict, kind: Kind
) -> None:
    stage, run = await done()
    stage.tickets = verdict
    await restore_due(run)
    await tried(stage, 2)
    assert opened(stage) == []
    assert ticket(stage).why == "A level holds. (rule r)"
    (said,) = [text for text in stage.texts(kind) if "has no ticket" in text]
    assert f"sre-agent mitigations fix {box(stage).key} URL" in said


@pytest.mark.parametrize(
    ("verdict", "role", "opens"),
    [
        (Verdict.NEEDS_APPROVAL, Role.APPROVER, 1),
        (Verdict.NEEDS_APPROVAL, Role.RESPONDER, 0),
        (Verdict.DENIED, Role.ADMIN, 0),
    ],
)
async def test_a_persons_yes_opens_it_where_the_law_asks_and_never_where_it_denies(
    verdict: Verdict, role: Role, opens: int
) -> None:
    stage, run = await done()
    stage.tickets = verdict
    wanted = Ticket(state=TicketState.WANTED, by=Actor(name="ana", role=role), at=stage.clock.now())
    await stage.write(mitigations=(box(stage).model_copy(update={"ticket": wanted}),))
    await restore_due(run)
    assert len(opened(stage)) == opens


@pytest.mark.promise("ACT-22")
async def test_an_answer_that_never_came_is_looked_for_and_not_sent_twice() -> None:
    stage, run = await done(swallows={"create_issue": [ToolTimeout("no answer")]})
    assert await restore_due(run) == stage.clock.now() + TRY_AGAIN
    await tried(stage)
    assert opened(stage) == [("create_issue", KEY)]
    assert ticket(stage).url == URL


async def test_what_did_not_arrive_is_sent_again_and_in_the_end_its_owner_hears() -> None:
    stage, run = await done(drops={"create_issue": [ToolUnavailable("restarting")] * 2})
    await restore_due(run)
    await tried(stage, 2)
    assert (opened(stage), ticket(stage).tries) == ([("create_issue", KEY)], 3)
    stage, run = await done(drops={"create_issue": [ToolUnavailable("restarting")] * 99})
    await restore_due(run)
    await tried(stage, 6)
    assert ticket(stage).state is TicketState.NOT_OPENED
    assert not await is_ticket_missing(await stage.take_over("runner-9"))


@pytest.mark.promise("ACT-22")
@pytest.mark.parametrize(
    "answer",
    [
        ToolNotConfigured("set GITHUB_REPOSITORIES"),
        ToolFailed("issues are disabled", code="forbidden"),
        ToolFailed("GitHub is away", code="upstream_error"),
    ],
)
async def test_a_ticket_system_that_fails_neither_stops_the_restore_nor_takes_anything_back(
    answer: Exception,
) -> None:
    stage, run = await done(refuses={"create_issue": answer})
    await restore_due(run)
    assert (box(stage).state, stage.states) == (MitigationState.STANDING, {0: "done"})
    stage.clock.advance(HOURS)
    await tried(stage, 5)
    assert (box(stage).state, stage.states) == (MitigationState.RESTORED, {0: "restored"})
    assert ticket(stage).state is TicketState.NOT_OPENED
    assert opened(stage) == []


async def test_what_was_taken_back_needs_no_ticket() -> None:
    stage, run = await done()
    gone = box(stage).model_copy(update={"state": MitigationState.TAKEN_BACK})
    await stage.write(mitigations=(gone,))
    assert not await is_ticket_missing(run)
    assert await open_tickets(run) is None
    assert opened(stage) == []


async def test_what_a_person_linked_meanwhile_stays_and_nothing_is_opened_beside_it() -> None:
    stage, run = await done()
    linked = Ticket(state=TicketState.LINKED, url="https://tracker.example/7", at=stage.clock.now())
    await stage.write(mitigations=(box(stage).model_copy(update={"ticket": linked}),))
    await restore_due(run)
    assert (opened(stage), ticket(stage)) == ([], linked)
    sent = linked.model_copy(update={"state": TicketState.SENT})
    assert ticketing.with_ticket(box(stage), sent).ticket == linked


def decides(stage: Stage, heard: list[str], what: str) -> Callable[[], None]:
    """A person's request, as the API takes it, whole between two inputs or outputs of the runner."""
    here = SimpleNamespace(
        clock=stage.clock,
        redact=str,
        archive=MemoryArchive(stage.store),
        ledger=MemoryLedger(stage.store, MemoryBulletin()),
    )
    parts, ana = cast(ApiParts, here), Caller("ana", Role.APPROVER)

    async def asked() -> None:
        key = box(stage).key
        before = box(stage).ticket
        try:
            if what == "links":
                await mitigations.link_fix(parts, ana, key, mitigations.FixForm(url=LINKED))
            else:
                await mitigations.keep_mitigation(
                    parts, ana, key, mitigations.DecisionForm(reason="it is needed")
                )
            heard.append(f"taken after {before.state if before else 'nothing'}")
        except Conflict:
            heard.append("refused")

    def meets() -> None:
        with pytest.raises(StopIteration):
            asked().send(None)

    return meets


LINKED = "https://tracker.example/7"


@pytest.mark.promise("ACT-22")
async def test_whenever_a_person_links_one_no_link_is_lost_and_no_second_ticket_is_opened() -> None:
    said: set[str] = set()
    for moment in range(1, 200):
        (stage, run), heard = await done(), list[str]()
        stage.wire.arm()
        stage.wire.meets = {moment: decides(stage, heard, "links")}
        await restore_due(run)
        if not heard:
            break
        await tried(stage, 2)
        said |= {*heard}
        if heard == ["refused"]:
            assert (opened(stage), ticket(stage).state) == (
                [("create_issue", KEY)],
                TicketState.OPENED,
            ), moment
        else:
            assert (ticket(stage).state, ticket(stage).url) == (TicketState.LINKED, LINKED), moment
            assert bool(opened(stage)) is (heard == ["taken after opened"]), (moment, heard)
    assert said == {"taken after nothing", "refused", "taken after opened"}


@pytest.mark.promise("ACT-15")
async def test_whenever_a_person_keeps_it_the_record_says_what_is_so_and_its_ticket_stays() -> None:
    said: set[str] = set()
    for moment in range(1, 200):
        (stage, run), heard = await done(), list[str]()
        await restore_due(run)
        issue = ticket(stage)
        stage.clock.advance(HOURS)
        run = await stage.take_over("runner-3")
        stage.wire.arm()
        stage.wire.meets = {moment: decides(stage, heard, "keeps")}
        await restore_due(run)
        if not heard:
            break
        said |= {*heard}
        restored = "key-0000-undo" in stage.world.keys
        assert (box(stage).state is MitigationState.RESTORED) is restored, (moment, heard)
        assert restored or box(stage).state is MitigationState.KEPT
        assert ticket(stage) == issue, moment
    assert "refused" in said
    assert len(said) == 2


def test_an_address_that_is_no_safe_link_is_left_away_and_the_name_tells_where_it_is() -> None:
    sent = Ticket(state=TicketState.SENT, at=A_TUESDAY_MORNING)
    told = ticketing.opened(sent, {**ISSUE, "after": {"/url": "javascript:alert(1)"}}, A_TUESDAY_MORNING)
    assert (told.url, ticketing.place_of(told)) == ("", "shop/checkout#12")


def test_what_is_asked_for_is_what_the_github_server_takes() -> None:
    call = ticketing.ticket_plan(PLAN, _filed("Mend it.")).steps[0].call
    assert call is not None
    assert (call.server, call.tool) == ("github", "create_issue")
    ask = CreateIssue.model_validate(call.arguments)
    assert ask.repository == "", "the first repository that the server may touch"
