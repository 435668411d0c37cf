"""Message brokers that are gone, queues that fill, and consumers that fall behind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sre_agent.catalogue.attempts import BROKEN, REFUSED, TIMED_OUT
from sre_agent.catalogue.blaming import store
from sre_agent.catalogue.cause import FAIR, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.dependencies import blamed_for, standing
from sre_agent.catalogue.gauges import Moved, measured, subject_of
from sre_agent.catalogue.reaching import named_with_role
from sre_agent.catalogue.roles import Role, having_role
from sre_agent.catalogue.said import Words, dependency_lead, of_dependency, pattern
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.series import Series
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

GONE = Words(
    "message_broker_unavailable",
    pattern(
        r"(?:amqp|rabbit\w*|kafka|nats|activemq|jms|pulsar|broker)\S* ?.{0,80}(?:connection (?:refused|error|reset|closed|lost)|unavailable|unreachable|unable to connect|ECONNREFUSED|disconnected|not available)",
        r"AmqpConnectException|AMQPConnectionError|ShutdownSignalException|connection to node -?\d+ .{0,60}could not be established",
        r"no servers available for connection|nats: (?:no responders|connection closed)|NoBrokersAvailable|broker (?:may )?not (?:be )?available|BrokerNotAvailable|LEADER_NOT_AVAILABLE|NOT_ENOUGH_REPLICAS|no resolvable bootstrap urls",
        r"(?:failed|unable|cannot|could not) (?:to )?(?:connect|publish|send).{0,60}(?:rabbitmq|kafka|broker|queue|topic|amqp|nats)",
        r"memory resource limit alarm set|disk resource limit alarm set|connection\.blocked|cluster partition|network partition detected",
        r"Topic .{1,80} not present in metadata after|Timed out waiting for a node assignment|all brokers? down",
    ),
    "cannot be reached as a broker",
)
BACKLOG = Words(
    "message_queue_backlog",
    pattern(
        r"queue (?:\S+ )?(?:depth|length|size|backlog)\D{0,24}\d{3,}|backlog (?:of|is|has|grew|growing)\D{0,20}\d{3,}",
        r"\d{3,} (?:messages|jobs|tasks) (?:are )?(?:waiting|pending|queued|in (?:the )?queue|ready)|queue is (?:full|backed up)",
        r"x-max-length|maximum queue length|dropping messages?.{0,30}queue",
    ),
    "has a queue that fills faster than it is emptied",
)
LAGGING = Words(
    "consumer_lag",
    pattern(
        r"\d{4,} (?:messages|records|offsets) behind|lag of .{0,60}(?:grow|ris|increas)\w+",
        r"consumer (?:group )?(?:\S+ )?(?:lag|is behind|falling behind)|\blag(?:ging)?\D{0,16}\d{4,}",
        r"max\.poll\.interval\.ms|consumer poll timeout has expired|CommitFailedException|leaving group .{0,40}poll",
        r"member .{0,80} (?:has left|was removed from) the group|offset .{0,30}out of range",
    ),
    "has consumers that fall behind",
)
_DEPTH = re.compile(
    r"queue_?(?:messages|depth|length|size)|messages_(?:ready|visible|unacked)|approximate_number_of_messages|(?:^|_)backlog(?:$|_)",
    re.I,
)
_LAG = re.compile(r"consumer_?(?:group)?_?lag|(?:^|_)records_lag|offset_lag|kafka_.*lag", re.I)
MANY = 100.0
FAR = 1000.0


def _gone(picture: Picture) -> Iterable[Lead]:
    told = GONE.heard(picture)
    told += [
        one for one in named_with_role(picture, Role.QUEUE, (REFUSED, TIMED_OUT, BROKEN)) if one not in told
    ]
    for blamed in blamed_for(picture, told, Role.QUEUE):
        yield dependency_lead(picture, GONE, blamed, standing(picture, blamed))


_STORE = store(Role.QUEUE)


def _broker(picture: Picture, series: Series) -> EntityRef:
    """The broker that the series is about, the only one there is, or the queue or topic by its own name."""
    brokers = {one.name: one for one in having_role(picture, Role.QUEUE)}
    named = brokers.get(subject_of(picture, series))
    found = named.ref if named is not None else _STORE(picture, {"__name__": series.name, **series.labels})
    if found is not None:
        return found
    name = series.label("queue", "topic", "consumergroup", "group") or series.name
    return EntityRef(kind="Queue", namespace=picture.frame.namespace, name=name)


def _grown(picture: Picture, words: re.Pattern[str], least: float) -> Iterator[Moved]:
    for series in measured(picture, words):
        shift = shift_of(series, picture)
        if shift is not None and shift.is_marked and shift.z > 0 and (series.last or 0.0) >= least:
            yield Moved(series, shift)


def _backlog(picture: Picture) -> Iterable[Lead]:
    yield from of_dependency(BACKLOG, Role.QUEUE)(picture)
    for moved in _grown(picture, _DEPTH, MANY):
        named = moved.series.label("queue", "topic")
        of = f" of {named}" if named else ""
        yield Lead(
            cause="message_queue_backlog",
            entity=_broker(picture, moved.series),
            weight=STRONG,
            statement=f"Messages{of} pile up: {moved.shift.before:.0f} → {moved.series.last:.0f}.",
            citations=(moved.quote(),),
            hints={"queue": named},
        )


def _lagging(picture: Picture) -> Iterable[Lead]:
    yield from of_dependency(LAGGING, Role.QUEUE)(picture)
    for moved in _grown(picture, _LAG, FAR):
        group = moved.series.label("consumergroup", "group", "consumer_group")
        topic = moved.series.label("topic")
        yield Lead(
            cause="consumer_lag",
            entity=_broker(picture, moved.series),
            weight=STRONG + FAIR / 2,
            statement=f"Consumers{f' {group}' if group else ''} of {topic or 'a topic'} fall behind: lag {moved.shift.before:.0f} → {moved.series.last:.0f}.",
            citations=(moved.quote(),),
            hints={"group": group, "topic": topic},
        )


_QUEUES = ("StatefulSet", "Deployment", "Service", "Queue")
ENTRIES = (
    Entry(
        Cause(
            code="message_broker_unavailable",
            layer=Layer.INTEGRATION,
            entity_kinds=_QUEUES,
            title="The message broker cannot be reached",
            description="Producers and consumers get no connection to the broker, or it has blocked them.",
            supports=(
                "clients say that no broker is available or the connection is refused",
                "the broker raised a memory or disk alarm",
            ),
            rules_out=("messages flow",),
            neighbours=(
                Neighbour("message_queue_backlog", "the broker answers, and messages pile up"),
                Neighbour(
                    "service_env_var_address_mismatch", "one client alone looks for it at a wrong address"
                ),
            ),
            remedies=("restart_workload",),
            depth=Depth.PROXIMATE,
        ),
        _gone,
    ),
    Entry(
        Cause(
            code="message_queue_backlog",
            layer=Layer.INTEGRATION,
            entity_kinds=_QUEUES,
            title="Messages pile up in the queue",
            description="More messages come than are taken out, or nobody takes them out.",
            supports=("the queue's depth rises since the onset",),
            rules_out=("the depth is as before",),
            neighbours=(
                Neighbour("consumer_lag", "a consumer group's offset is behind in a log, such as Kafka's"),
                Neighbour("message_broker_unavailable", "nobody reaches the broker"),
            ),
            remedies=("tend_consumers_by_hand",),
        ),
        _backlog,
    ),
    Entry(
        Cause(
            code="consumer_lag",
            layer=Layer.INTEGRATION,
            entity_kinds=_QUEUES,
            title="Consumers fall behind",
            description="A consumer group reads later and later because it is slow, stalled, or keeps rebalancing.",
            supports=("the group's lag rises", "it is thrown out of its group for polling too late"),
            rules_out=("the lag is as before",),
            neighbours=(
                Neighbour("message_queue_backlog", "it is a queue whose messages vanish when they are taken"),
                Neighbour("db_replication_lag", "it is a database's replica that is behind"),
            ),
            remedies=("tend_consumers_by_hand",),
        ),
        _lagging,
    ),
)
