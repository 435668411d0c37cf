"""What a change touches: the words of its title, files and diff, what they are about, and how much can break by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]+")
_CAMEL: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_NOISE: Final = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "from",
        "into",
        "that",
        "this",
        "are",
        "was",
        "were",
        "has",
        "have",
        "not",
        "but",
        "add",
        "added",
        "adds",
        "update",
        "updated",
        "updates",
        "fix",
        "fixed",
        "fixes",
        "remove",
        "removed",
        "use",
        "uses",
        "using",
        "set",
        "get",
        "new",
        "old",
        "main",
        "src",
        "lib",
        "app",
        "test",
        "tests",
        "change",
        "changes",
        "changed",
        "bump",
        "version",
        "file",
        "files",
        "service",
        "services",
        "pod",
        "namespace",
        "value",
        "values",
        "name",
        "default",
        "true",
        "false",
        "null",
        "none",
        "diff",
        "index",
        "line",
        "lines",
        "error",
        "errors",
        "failed",
        "warning",
        "critical",
        "severity",
        "alert",
        "alertname",
        "firing",
        "high",
        "low",
        "message",
        "level",
        "info",
        "http",
        "https",
        "com",
        "www",
        "status",
        "code",
    ]
)
_PATHS: Final = re.compile(r"^(?:\+\+\+|---|diff --git)\s+(?:[ab]/)?(\S+)|^([\w./-]+\.[A-Za-z]{1,8})$", re.M)
_HARMLESS_FILE: Final = re.compile(
    r"(?:^|/)(?:docs?|tests?|__tests__|spec|examples?|\.github)/|\.(?:md|rst|txt|adoc|png|svg)$|_test\.|\.test\.|(?:^|/)(?:README|LICENSE|CHANGELOG|CODEOWNERS)",
    re.I,
)
_HARMLESS_TITLE: Final = re.compile(
    r"^\W*(?:docs?|chore\(docs\)|test|tests|style|ci|lint|typo)\b|\b(?:readme|typo|documentation|changelog|comment only|formatting|whitespace|copyright|translations?)\b",
    re.I,
)

CONCERNS: Final[Mapping[str, frozenset[str]]] = {
    concern: frozenset(words.split())
    for concern, words in {
        "slowness": "latency slow duration p50 p90 p95 p99 timeout timeouts deadline delay delays retry retries sleep index query queries cache cached caching ttl batch pagination sync lock locks blocking",
        "memory": "memory mem oom oomkilled heap rss leak cache cached buffer buffers xmx limit limits gc",
        "processor": "cpu throttling throttled loop regex compress compression serialization encryption workers threads concurrency limit limits",
        "connections": "connection connections connect pool pools socket sockets fd refused port ports dns host endpoint url keepalive idle maxconn dial lookup resolve unreachable network policy networkpolicy netpol egress firewall coredns upstream",
        "disk": "disk volume storage filesystem inode inodes pvc log logs logging retention wal compaction",
        "access": "auth authentication authorization token tokens secret secrets password credential credentials permission permissions denied forbidden unauthorized rbac role jwt oauth 401 403",
        "certificates": "tls ssl cert certificate certificates x509 expired ca https mtls issuer renew renewal signed handshake",
        "capacity": "replicas replica scale scaled hpa autoscaler quota limit limits requests traffic load surge rate throttle 429 queue backlog consumers consumer retry retries backoff overloaded saturated saturation exceeded",
        "schema": "schema migration migrations column columns table tables field fields sql proto api contract version serialization json null nil undefined type",
        "startup": "image tag probe readiness liveness env environment config configmap entrypoint command crash crashloop crashloopbackoff restart restarts imagepullbackoff pull path endpoints",
        "machines": "node nodes kubelet attach attachvolume mount drain drained cordon evicted taint kernel upgrade reboot zone volume unschedulable pending",
    }.items()
}  # fmt: skip


def words_in(text: str) -> frozenset[str]:
    """Lower-case words and the parts of joined ones, without those that every change and every alert says."""
    found: set[str] = set()
    for word in _WORD.findall(text):
        found.add(word.lower())
        found.update(part.lower() for part in _CAMEL.findall(word))
    return frozenset(word for word in found if len(word) > 2 and word not in _NOISE)


def concerns_of(words: frozenset[str]) -> frozenset[str]:
    """What the words are about, in the field's few sorts of trouble."""
    return frozenset(concern for concern, known in CONCERNS.items() if words & known)


def changed_text(diff: str) -> str:
    """The lines that were added or removed, and the names of files; all of it where it is no patch."""
    lines = diff.splitlines()
    touched = [line[1:] for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    return "\n".join([*files_in(diff), *touched]) if touched else diff


def files_in(diff: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            first or second for first, second in _PATHS.findall(diff) if (first or second) != "/dev/null"
        )
    )


def weight_of(kind: str, title: str, diff: str) -> float:
    """How much can break by it: nothing runs differently after a change of documents; a merge is no deploy yet."""
    files = files_in(diff)
    if files and all(_HARMLESS_FILE.search(path) for path in files):
        return 0.1
    if _HARMLESS_TITLE.search(title) and not (files and not _HARMLESS_FILE.search(files[0])):
        return 0.15
    size = len(changed_text(diff)) if diff else 200
    grown = 0.85 + 0.15 * min(1.0, size / 1500)
    return grown * {"merge": 0.85, "scale": 0.9}.get(kind, 1.0)
