"""Databases that cannot be reached."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.catalogue.attempts import BROKEN, REFUSED, TIMED_OUT
from sre_agent.catalogue.cause import SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.dependencies import Blamed, blamed_for, standing
from sre_agent.catalogue.hearing import Heard
from sre_agent.catalogue.reaching import named_with_role
from sre_agent.catalogue.roles import Role
from sre_agent.catalogue.said import Words, dependency_lead, pattern
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.containers import is_ready
from sre_agent.picture.world import Picture

UNREACHABLE = Words(
    "db_unreachable",
    pattern(
        r"communications link failure",
        r"can't connect to (?:local )?(?:mysql|mariadb) server",
        r"(?:error|errno|code:?) ?\(?200[236]\b",
        r"could not connect to server|connection to server (?:at|on) .{1,120} failed",
        r"lost connection to mysql server|mysql server has gone away",
        r"server closed the connection unexpectedly|terminating connection due to administrator command",
        r"the database system is (?:starting up|shutting down|in recovery)",
        r"MongoNetworkError|MongoServerSelectionError|ServerSelectionTimeout|server selection (?:error|timeout|timed out)",
        r"all host\(s\) tried for .{0,40}query failed|NoHostAvailable",
        r"unable to (?:acquire jdbc|obtain) connection|CannotGetJdbcConnection|cannot open connection",
        r"(?:failed|unable|cannot|could not) (?:to )?connect to (?:the )?(?:database|db|mysql|postgres\w*|mongo\w*|mariadb)",
        r"ORA-12(?:541|514|170|537)|dial tcp \S+:(?:3306|5432|27017|1433|1521): ",
        r"(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH) \S+:(?:3306|5432|27017|1433|1521|9042)",
        r"psycopg2?\.OperationalError|pymysql\.err\.OperationalError|CJCommunicationsException",
    ),
    "cannot be reached",
    weight=STRONG - SLIGHT,
    but=pattern(
        r"access denied|authentication failed|too many (?:clients|connections)|connection slots|unknown database|does not exist",
        r"read[- ]only|deadlock|lock wait|no space left",
    ),
)


def _unreachable(picture: Picture) -> Iterable[Lead]:
    told: list[Heard] = UNREACHABLE.heard(picture)
    known = {id(saying) for saying, _ in told}
    named = named_with_role(picture, Role.DATABASE, (REFUSED, TIMED_OUT, BROKEN))
    told += [one for one in named if id(one[0]) not in known]
    for blamed in blamed_for(picture, told, Role.DATABASE):
        if blamed.callers:
            yield dependency_lead(picture, UNREACHABLE, blamed, _down(picture, blamed))


def _down(picture: Picture, blamed: Blamed) -> float:
    """More where none of its pods is ready; less where it works for all but one."""
    ready = blamed.workload and any(is_ready(pod) for pod in picture.inventory.live_pods_of(blamed.workload))
    return standing(picture, blamed) - (SLIGHT if ready and len(blamed.callers) == 1 else 0.0)


_DATABASES = ("StatefulSet", "Deployment", "Service", "Database")
ENTRIES = (
    Entry(
        Cause(
            code="db_unreachable",
            layer=Layer.INTEGRATION,
            entity_kinds=_DATABASES,
            title="The database cannot be reached",
            description="Clients get no connection to the database: it is down, or the way to it is cut.",
            supports=(
                "clients say that connections to the database are refused or time out",
                "no pod of the database is ready",
            ),
            rules_out=("the database answers and refuses for a reason that it names",),
            neighbours=(
                Neighbour("db_connection_exhaustion", "the database answers that it has no connection left"),
                Neighbour(
                    "mysql_invalid_port", "one client asks a port that the database's Service does not have"
                ),
                Neighbour("connection_pool_exhaustion", "the client waits for its own pool"),
            ),
            remedies=("restart_workload",),
            depth=Depth.PROXIMATE,
        ),
        _unreachable,
    ),
)
