"""Defects of the program itself: errors that nobody caught, nothing where something was expected, endless waiting or turning."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.catalogue.cause import FAIR, SLIGHT, Cause, Depth, Entry, Finder, Lead, Neighbour
from sre_agent.catalogue.hearing import Heard, by_speaker, quotes, shortened
from sre_agent.catalogue.rollouts import began_before_onset, latest_rollout, undo_hints
from sre_agent.catalogue.said import Words, belief, pattern
from sre_agent.catalogue.slowness import conditions
from sre_agent.catalogue.stacks import place_in, trace_of
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_ready
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import Picture

NULL = Words(
    "null_reference",
    pattern(
        r"NullPointerException|NullReferenceException|java\.lang\.NullPointer",
        r"'NoneType' object (?:has no attribute|is not (?:subscriptable|iterable|callable))",
        r"cannot read propert(?:y|ies) (?:'[^']*' )?of (?:undefined|null)|(?:undefined|null) is not an? (?:object|function)",
        r"nil pointer dereference|invalid memory address|undefined method [`'].{1,60}' for nil",
        r"call to a member function \S+ on null|Object reference not set to an instance|unexpectedly found nil",
        r"called `Option::unwrap\(\)` on a `None` value",
    ),
    "uses a value that is not there",
)
UNHANDLED = Words(
    "unhandled_exception",
    pattern(
        r"(?:^|[\s:(\"\[])(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception)\b(?:[:\s]|$)",
        r"^panic: |\bpanic: runtime error|panicked at|\bunhandled (?:exception|promise rejection|rejection|error)|\buncaught\b",
        r"Exception in thread|Traceback \(most recent call last\)|terminate called after throwing",
        r"UnhandledPromiseRejection|FATAL EXCEPTION|index out of range \[|slice bounds out of range",
    ),
    "fails with an error that nobody caught",
    weight=FAIR,
    but=pattern(
        r"connect|refused|timed? ?out|timeout|unknown ?host|resolve|socket|broken pipe|reset by peer|unavailable|deadline",
        # a call that failed names whom it called, or says that no answer came: the fault lies there
        r"https?://|\b(?:no|without|lost) (?:answer|response|reply)\b|\b(?:did|does) not (?:answer|respond|reply)\b",
        r"sql|hikari|jdbc|redis|jedis|lettuce|mongo|kafka|amqp|pika|psycopg|OperationalError|IntegrityError|DataIntegrity|lock",
        r"\bssl\b|tls|certificate|x509|expired|auth|credential|permission denied|forbidden|denied|401|403|404|429|50[0-9]\b",
        r"OutOfMemory|MemoryError|heap|No space|too many open files|EMFILE|NullPointer|NoneType|NullReference|of undefined|nil pointer",
        r"StackOverflow|RecursionError|call stack|deadlock|validation|constraint|json|deserial|unrecognized|unimplemented|circuitbreaker|callnotpermitted",
        r"migration|flyway|liquibase|no such (?:file|table|column)|config|environment variable|missing required|image",
    ),
)
DEADLOCK = Words(
    "deadlock",
    pattern(
        r"all goroutines are asleep - deadlock|found one java-level deadlock|java-level deadlock",
        r"(?:possible|potential|detected) (?:a )?deadlock|deadlock (?:detected|found|between) .{0,60}(?:thread|mutex|goroutine|monitor)",
        r"thread \S+ .{0,40}has been blocked for|threads? (?:are|is) (?:deadlocked|stuck)|BlockedThreadChecker",
        r"task \S+ blocked for more than \d+ seconds|worker (?:threads? )?(?:stuck|hung)|watchdog .{0,40}(?:stuck|blocked|hung)",
        r"would deadlock|resource deadlock avoided|EDEADLK",
    ),
    "has threads that wait for each other",
    but=pattern(
        r"transaction|trx|40P01|1213|SQLSTATE|InnoDB|try restarting|process \d+ waits for \w+Lock|ORA-"
    ),
)
LOOP = Words(
    "infinite_loop",
    pattern(
        r"StackOverflowError|RecursionError|maximum recursion depth exceeded|maximum call stack size exceeded",
        r"goroutine stack exceeds|stack overflow|infinite (?:loop|recursion)|endless loop|too much recursion",
        r"(?:loop|cycle) detected|too many redirects|redirect loop|ERR_TOO_MANY_REDIRECTS|\b508\b.{0,20}loop",
        r"running for \d{2,} ?s(?:econds)? without (?:yielding|progress)|(?:handler|thread|goroutine|task) .{0,60}(?:spins|is spinning|busy[- ]loop)",
        r"iteration limit (?:exceeded|reached)|maximum (?:number of )?iterations? (?:exceeded|reached)",
    ),
    "turns without end",
)
_RAW_MOST = 3


def _defect(words: Words) -> Finder:
    """The program that says it, with the place in its code; a release shortly before is the deeper cause."""

    def find(picture: Picture) -> Iterable[Lead]:
        for found in by_speaker(words.heard(picture)).values():
            yield _lead(picture, words, found)

    return find


def _lead(picture: Picture, words: Words, found: list[Heard]) -> Lead:
    saying = found[-1][0]
    place = next(
        (at for one, _ in reversed(found[-_RAW_MOST:]) if (at := place_in(trace_of(picture, one)))), ""
    )
    workload = saying.speaker.workload
    released = workload is not None and _released(picture, workload)
    ill = workload is not None and _is_ill(picture, workload)
    weight = belief(found, words.weight) + (SLIGHT if place else 0.0) + (SLIGHT if ill else 0.0)
    return Lead(
        cause=words.cause,
        entity=saying.speaker.ref,
        weight=weight - (SLIGHT if released else 0.0),
        statement=f"{saying.speaker.ref} {words.says}"
        + (f" at {place}" if place else "")
        + f": {shortened(saying.text)}",
        citations=quotes(found),
        hints={"place": place, **(undo_hints(picture, workload) if workload else {})},
    )


def _released(picture: Picture, workload: Obj) -> bool:
    rollout = latest_rollout(picture, workload)
    return rollout is not None and began_before_onset(picture, rollout.at)


def _is_ill(picture: Picture, workload: Obj) -> bool:
    condition = conditions(picture).get(workload.name)
    pods = picture.inventory.live_pods_of(workload)
    return bool(condition and condition.suffers) or any(not is_ready(pod) for pod in pods)


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
ENTRIES = (
    Entry(
        Cause(
            code="null_reference",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=_WORKLOADS,
            title="The program uses a value that is not there",
            description="Code takes a value for granted that is null, nil, None or undefined; the place in the code is named.",
            supports=("NullPointerException, 'NoneType' object, 'of undefined', nil pointer dereference",),
            rules_out=("the error is of another kind",),
            neighbours=(
                Neighbour("unhandled_exception", "the error is no missing value"),
                Neighbour("bad_deployment", "a release shortly before touched that place"),
                Neighbour(
                    "api_contract_mismatch", "the value is missing because another service no longer sends it"
                ),
            ),
            remedies=("undo_rollout", "mend_code_by_hand"),
        ),
        _defect(NULL),
    ),
    Entry(
        Cause(
            code="unhandled_exception",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=_WORKLOADS,
            title="The program fails with an error that nobody caught",
            description="An error of the program's own logic reaches the top of a request or of the program.",
            supports=(
                "a new stack trace that begins in the program's own code",
                "it began at the onset, without a release",
            ),
            rules_out=("the error comes from something that is called", "it was logged as often before"),
            neighbours=(
                Neighbour("null_reference", "the error is a missing value"),
                Neighbour("bad_deployment", "a release shortly before brought it"),
                Neighbour("upstream_dependency_failure", "the error names a call to another service"),
            ),
            remedies=("undo_rollout", "mend_code_by_hand"),
            depth=Depth.PROXIMATE,
        ),
        _defect(UNHANDLED),
    ),
    Entry(
        Cause(
            code="deadlock",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=_WORKLOADS,
            title="Threads of the program wait for each other",
            description="Threads, goroutines or workers of the program hold what others of them wait for, and none goes on.",
            supports=(
                "the runtime says so",
                "threads have been blocked for long while the processor is idle",
            ),
            rules_out=("it is transactions of a database that wait for each other",),
            neighbours=(
                Neighbour("db_lock_contention", "transactions of the database wait, not threads"),
                Neighbour("infinite_loop", "the processor is busy"),
                Neighbour("thread_pool_exhaustion", "threads are all busy with work that ends"),
            ),
            remedies=("restart_workload", "undo_rollout", "mend_code_by_hand"),
        ),
        _defect(DEADLOCK),
    ),
    Entry(
        Cause(
            code="infinite_loop",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=_WORKLOADS,
            title="The program turns without end",
            description="A loop or a recursion of the program does not end: it uses up the processor or the stack.",
            supports=("StackOverflowError, RecursionError, 'too many redirects'",),
            rules_out=("the work ends, and there is only more of it",),
            neighbours=(
                Neighbour("deadlock", "the processor is idle"),
                Neighbour("pod_cpu_overload", "its load grew, and each request still ends"),
                Neighbour("application_startup_crash", "it ends at start for another reason"),
            ),
            remedies=("undo_rollout", "restart_workload", "mend_code_by_hand"),
        ),
        _defect(LOOP),
    ),
)
