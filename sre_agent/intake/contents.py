"""What the alerts of the open incidents are about, indexed once and kept up from delivery to delivery."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from operator import is_
from typing import NamedTuple, TypeVar

from sre_agent.domain.alert import Alert
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.incident import Origin
from sre_agent.intake.subject import Subject, subject_of
from sre_agent.ports.open_incidents import OpenIncident

K = TypeVar("K")


class _Noted(NamedTuple):
    alert: Alert
    subject: Subject


class Contents:
    """Incidents by what their alerts are about, and by the nodes their alerts name.

    Thousands of alerts may lie in hundreds of open incidents, and an alert that opens one asks for all of them. The
    desk keeps the very objects from delivery to delivery: so what changed is found by identity, and only news is
    worked out. A placement that came to nothing is found in the same way, and forgotten.
    """

    def __init__(self, default_cluster: str) -> None:
        self._default_cluster = default_cluster
        self._noted: defaultdict[IncidentId, list[_Noted]] = defaultdict(list)
        self._shown: dict[IncidentId, Sequence[Alert]] = {}
        self._by_key: defaultdict[str, set[IncidentId]] = defaultdict(set)
        self._by_node: defaultdict[tuple[str, str], set[IncidentId]] = defaultdict(set)

    def holding(self, key: str) -> Collection[IncidentId]:
        """Incidents with an alert about this thing in them."""
        return self._by_key.get(key, ())

    def naming(self, cluster: str, node: str) -> Collection[IncidentId]:
        """Incidents with an alert in them which names this node as the place it runs on."""
        return self._by_node.get((cluster, node), ())

    def follow(self, pages: Iterable[OpenIncident], *, but: Collection[IncidentId] = ()) -> None:
        """Bring all to what these pages show, `but` those that were followed already; a person's question counts for none."""
        still_open = {page.incident.id: page for page in pages if page.incident.origin is Origin.ALERT}
        for gone in self._noted.keys() - still_open.keys():
            self._forget(gone)
        for each in still_open.keys() - but:
            self.follow_one(still_open[each])

    def follow_one(self, page: OpenIncident) -> None:
        """Bring one incident to what its page shows."""
        each, alerts = page.incident.id, page.alerts
        noted = self._noted[each]
        if self._shown.get(each) is alerts and len(noted) == len(alerts):
            return
        known: dict[int, _Noted] = {}
        if len(noted) > len(alerts) or not all(map(is_, (one.alert for one in noted), alerts)):
            known = {id(one.alert): one for one in noted}
            self._forget(each)
            noted = self._noted[each]
        for alert in alerts[len(noted) :]:
            self._note(each, known.get(id(alert)) or _Noted(alert, self._subject(alert)))
        self._shown[each] = alerts

    def add(self, each: IncidentId, alert: Alert, subject: Subject) -> None:
        """An alert that is to join."""
        self._note(each, _Noted(alert, subject))

    def _subject(self, alert: Alert) -> Subject:
        return subject_of(alert, default_cluster=self._default_cluster)

    def _note(self, each: IncidentId, noted: _Noted) -> None:
        subject = noted.subject
        self._noted[each].append(noted)
        self._by_key[subject.key].add(each)
        if subject.node:
            self._by_node[subject.cluster, subject.node].add(each)

    def _forget(self, each: IncidentId) -> None:
        self._shown.pop(each, None)
        for _, subject in self._noted.pop(each, ()):
            _leave(self._by_key, subject.key, each)
            _leave(self._by_node, (subject.cluster, subject.node), each)


def _leave(index: dict[K, set[IncidentId]], key: K, each: IncidentId) -> None:
    ids = index.get(key)
    if ids is not None:
        ids.discard(each)
        if not ids:
            del index[key]


class KeptContents(threading.local):
    """Of each default cluster; each thread that places has its own, since nothing else may change them meanwhile."""

    def __init__(self) -> None:
        self._by_cluster: dict[str, Contents] = {}

    def of(self, default_cluster: str) -> Contents:
        return self._by_cluster.setdefault(default_cluster, Contents(default_cluster))
