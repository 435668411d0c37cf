"""Turns an alert into search words: CamelCase parted, noise left out, the field's synonyms beside. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*|\d+")
_CAMEL: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_GENERATED: Final = re.compile(r"(?=[a-z]*\d)[a-z0-9]{5,}\Z|\d+\Z|v\d+\Z")
_MOST_WORDS: Final = 80


def _all(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STOP: Final = _all(
    "a an and are as at be been being but by can could did do does for from had has have if in into "
    "is it its just may more most no not of off on only or other our out over per same should so some "
    "such than that the their them then there these they this those to too under up very was were "
    "what when where which while who will with would you your last minutes minute hours hour seconds "
    "second value current currently now since detected alert alerts firing runbook http https com www "
    "svc cluster local"
)
_NOISY_LABELS: Final = _all(
    "alertname severity instance endpoint uid id pod_ip host_ip container_id image image_id "
    "prometheus prometheus_replica replica alertstate __name__ pod node"
)

_SYNONYMS: Final = (
    ("oom", "oomkilled", "memory", "killed"),
    ("crashloop", "crashlooping", "crash", "crashes", "restarting", "restarts", "backoff"),
    ("latency", "slow", "duration", "slowness"),
    ("5xx", "500", "errors", "error", "failures"),
    ("throttling", "throttled", "cpu"),
    ("filesystem", "disk", "volume", "storage", "inodes"),
    ("pvc", "persistentvolume", "volume", "claim"),
    ("certificate", "cert", "tls", "expiry", "expiration", "expired", "expires"),
    ("database", "db", "postgres", "postgresql", "mysql", "connections"),
    ("dns", "coredns", "resolve", "lookup"),
    ("unreachable", "down", "unavailable", "disappeared", "absent", "outage"),
    ("saturation", "saturated", "exhausted", "full", "filling", "overcommit"),
    ("rollout", "deploy", "deployment", "release", "rollback", "revert"),
    ("replicas", "scale", "scaled", "autoscaler", "hpa"),
    ("image", "imagepull", "imagepullbackoff", "pull", "registry"),
    ("probe", "readiness", "liveness", "unhealthy", "ready"),
    ("quota", "resourcequota", "limit", "limits"),
    ("clock", "ntp", "skew", "drift"),
    ("traffic", "surge", "load", "requests"),
    ("etcd", "quorum", "leader", "raft"),
)


_SAME: Final = (
    ("pg", "postgres", "postgresql"),
    ("mongo", "mongod", "mongodb"),
    ("zk", "zookeeper"),
    ("nats", "gnatsd", "jetstream"),
    ("argo", "argocd"),
    ("certmanager", "certificate", "cert"),
    ("dns", "coredns"),
    ("replica", "standby", "slave", "follower"),
    ("db", "database"),
)
"""Other spellings of one thing, as names of metrics, alerts and pages differ in them."""


_ALTERNATIVES: Final = (
    ("deployment", "statefulset", "daemonset", "cronjob", "replicaset"),
    ("client", "server"),
    ("list", "watch", "reconcile"),
    ("cpu", "memory"),
    ("receive", "transmit"),
    ("read", "write"),
)
"""Words of the field of which a thing is one or the other: parts of names that otherwise are alike."""


def speaks_of_another(said: Sequence[str], title: Sequence[str]) -> bool:
    """Whether a title names one of several alternatives, and what was said names another one and not that."""
    spoken, called = {stem(word) for word in said}, {stem(word) for word in title}
    for family in _ALTERNATIVES:
        mine, theirs = ({stem(word) for word in family} & words for words in (spoken, called))
        if mine and theirs and not mine & theirs:
            return True
    return False


def words_of(text: str) -> list[str]:
    """Lower-case words, each CamelCase word also in its parts; ids and numbers left out."""
    found: list[str] = []
    for word in _WORD.findall(text):
        parts = [part.lower() for part in _CAMEL.findall(word)]
        whole = word.lower()
        found += [whole] if len(parts) == 1 or whole in parts else [whole, *parts]
    return [word for word in found if len(word) > 1 and word not in _STOP and not _GENERATED.match(word)]


_ENDING: Final = re.compile(r"(?:ing|ed|es|s|ion|ions|er|ers)$")
_DOUBLED: Final = re.compile(r"([bdgmnprt])\1$")


_IRREGULAR: Final = {"sent": "send", "lost": "lose"}


def stem(word: str) -> str:
    """A word without the endings that alerts and pages differ in (`failing`, `failed`, `fails`)."""
    regular = _IRREGULAR.get(word, word)
    short = _ENDING.sub("", regular)
    short = _DOUBLED.sub(r"\1", short) if short != regular else short
    return short if len(short) > 2 else regular


_FILLERS: Final = _all(
    "next within soon often all any several more too high different specific unknown possible due "
    "affected experiencing experienced performing issue issues"
)


def gist_words(text: str) -> list[str]:
    """The words that carry a sentence: how much, how soon and how certain are left out."""
    return [word for word in words_of(text) if word not in _FILLERS]


_CAMEL_WORD: Final = re.compile(r"\b[A-Z]?[a-z0-9]+(?:[A-Z]+[a-z0-9]*)+\b|\b[A-Z]+[a-z0-9]+[A-Z]\w*\b")


def parts(text: str) -> str:
    """What the CamelCase words of a text are made of."""
    return " ".join(part for word in _CAMEL_WORD.findall(text) for part in _CAMEL.findall(word))


def parted(title: str, known: frozenset[str]) -> list[str]:
    """The words of a title; names written in one by their parts, put together again where they are a known word (`MySQLSlow`)."""
    return [word for name in title.split() for word in _parts_of(name, known)]


def _parts_of(name: str, known: frozenset[str]) -> list[str]:
    if not parts(name):
        return words_of(name)
    left, found = [part.lower() for part in _CAMEL.findall(name)], []
    while left:
        longest = next((size for size in (3, 2) if stem("".join(left[:size])) in known), 1)
        found.append("".join(left[:longest]))
        left = left[longest:]
    return [word for word in found if words_of(word)]


def searchable(text: str) -> str:
    """The text for the index: its words, and the parts of its CamelCase words beside them."""
    return f"{text} {parts(text)}"


def words_of_labels(labels: Mapping[str, str]) -> list[str]:
    """What an alert's labels say of its subject; addresses and generated names say nothing."""
    return [
        word
        for name, value in sorted(labels.items())
        if name not in _NOISY_LABELS
        for word in words_of(value[:200])
    ]


def distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))[:_MOST_WORDS]


def synonyms(words: Iterable[str]) -> list[str]:
    """Other words of this field for the same things, without those already there."""
    return _beside(list(words), _SYNONYMS)


def same(words: Iterable[str]) -> list[str]:
    """Other spellings of the same things, without those already there."""
    return _beside(list(words), _SAME)


def _beside(given: Sequence[str], families: Iterable[Sequence[str]]) -> list[str]:
    return [
        other
        for family in families
        if not set(family).isdisjoint(given)
        for other in family
        if other not in given
    ]
