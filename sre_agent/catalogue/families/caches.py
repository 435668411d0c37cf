"""Caches that are gone, too small, or all missed at once."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.attempts import BROKEN, REFUSED, TIMED_OUT
from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Depth, Entry, Lead, Neighbour
from sre_agent.catalogue.dependencies import blamed_for, standing
from sre_agent.catalogue.gauges import Moved, measured, subject_of
from sre_agent.catalogue.reaching import named_with_role
from sre_agent.catalogue.roles import Role, having_role
from sre_agent.catalogue.said import Words, dependency_lead, of_dependency, pattern
from sre_agent.domain.diagnosis import Layer
from sre_agent.picture.objects import Obj
from sre_agent.picture.shift import shift_of
from sre_agent.picture.world import Picture

GONE = Words(
    "cache_unavailable",
    pattern(
        r"(?:redis|jedis|lettuce|memcache\w*|valkey)\S* ?.{0,80}(?:connection (?:refused|error|reset|closed|lost)|timed? ?out|unavailable|unable to connect|ECONNREFUSED|failed)",
        r"(?:could not|unable to|cannot|failed to) (?:connect|get a resource)\b.{0,40}(?:redis|memcache\w*|valkey|cache)",
        r"RedisConnection(?:Exception|Failure\w*)|RedisCommandTimeoutException|redis\.exceptions\.(?:Connection|Timeout)Error|JedisConnectionException",
        r"LOADING Redis is loading|CLUSTERDOWN|MASTERDOWN|MISCONF Redis|NOREPLICAS|max number of clients reached",
        r"Error [-\d]+ connecting to \S+:6379|no memcached servers? (?:available|left)|SERVER_ERROR",
    ),
    "cannot be reached as a cache",
    but=pattern(r"OOM command not allowed|WRONGPASS|NOAUTH|READONLY|pool"),
)
FULL = Words(
    "cache_eviction_pressure",
    pattern(
        r"command not allowed when used memory > ?'?maxmemory",
        r"(?:evict(?:ed|ing|ions?))\b.{0,60}(?:keys?|items?|entries|rate|memory|high)|maxmemory (?:limit )?reached",
        r"SERVER_ERROR out of memory storing object",
    ),
    "is too small for what it has to hold",
)
STAMPEDE = Words(
    "cache_stampede",
    pattern(
        r"cache (?:miss )?storm|\d{2,} concurrent (?:loads|misses|rebuilds)|cache stampede|thundering herd|dog-?pil(?:e|ing)|cache avalanche",
        r"(?:mass|bulk|all) (?:keys? )?(?:expir\w+|invalidat\w+)|cache (?:was )?(?:flushed|cleared).{0,60}(?:all|every|rebuild)",
        r"cache miss (?:rate|ratio)\D{0,12}(?:[6-9]\d|100) ?%|hit (?:rate|ratio)\D{0,12}(?:[0-3]?\d) ?%",
    ),
    "is missed by all at once, and everything goes to what lies behind it",
)
_EVICTED = re.compile(r"evict(?:ed|ions)", re.I)
_HITS = re.compile(r"(?:cache|keyspace|redis|memcached).*hit_?(?:rate|ratio|s)", re.I)
_MISSES = re.compile(r"(?:cache|keyspace|redis|memcached).*miss(?:es)?", re.I)


def _gone(picture: Picture) -> Iterable[Lead]:
    told = GONE.heard(picture)
    told += [
        one for one in named_with_role(picture, Role.CACHE, (REFUSED, TIMED_OUT, BROKEN)) if one not in told
    ]
    for blamed in blamed_for(picture, told, Role.CACHE):
        if blamed.callers or blamed.own_words:
            yield dependency_lead(picture, GONE, blamed, standing(picture, blamed) - SLIGHT / 2)


def _moved(picture: Picture, words: re.Pattern[str]) -> Iterable[tuple[Obj, Moved]]:
    """(cache, series) of those series about a cache that changed at the onset."""
    caches = {one.name: one for one in having_role(picture, Role.CACHE)}
    for series in measured(picture, words):
        name, shift = subject_of(picture, series), shift_of(series, picture)
        cache = caches.get(name) or (next(iter(caches.values())) if len(caches) == 1 else None)
        if cache is not None and shift is not None and shift.is_marked:
            yield cache, Moved(series, shift)


def _evicting(picture: Picture) -> Iterable[Lead]:
    yield from of_dependency(FULL, Role.CACHE)(picture)
    for cache, moved in _moved(picture, _EVICTED):
        if moved.rose and moved.shift.during >= 1.0:
            yield Lead(
                cause="cache_eviction_pressure",
                entity=cache.ref,
                weight=STRONG,
                statement=f"{cache.ref} throws entries out to make room ({moved.shift.before:.3g} → {moved.shift.during:.3g}): it is too small.",
                citations=(moved.quote(),),
            )


def _stampede(picture: Picture) -> Iterable[Lead]:
    yield from of_dependency(STAMPEDE, Role.CACHE)(picture)
    hits = [(cache, moved) for cache, moved in _moved(picture, _HITS) if moved.fell and moved.ratio <= 0.5]
    misses = [
        (cache, moved) for cache, moved in _moved(picture, _MISSES) if moved.rose and moved.ratio >= 3.0
    ]
    evicting = any(moved.rose for _, moved in _moved(picture, _EVICTED))
    for cache, moved in [*hits, *misses][:1]:
        yield Lead(
            cause="cache_stampede",
            entity=cache.ref,
            weight=STRONG - (FAIR if evicting else 0.0),
            statement=f"{cache.ref} is missed by many at once ({moved.series.name} {moved.shift.before:.3g} → {moved.shift.during:.3g}).",
            citations=tuple(one.quote() for _, one in [*hits, *misses][:2]),
        )


_CACHES = ("Deployment", "StatefulSet", "Service", "Cache")
ENTRIES = (
    Entry(
        Cause(
            code="cache_unavailable",
            layer=Layer.INTEGRATION,
            entity_kinds=_CACHES,
            title="The cache cannot be reached",
            description="Clients get no connection to the cache, or it says that it cannot serve now.",
            supports=(
                "clients name the cache and say refused, timed out or lost",
                "LOADING, CLUSTERDOWN, MASTERDOWN, MISCONF",
            ),
            rules_out=("the cache answers",),
            neighbours=(
                Neighbour("cache_eviction_pressure", "it answers, and refuses or evicts for want of memory"),
                Neighbour("db_unreachable", "what cannot be reached is a database"),
                Neighbour("service_env_var_address_mismatch", "one client looks for it at a wrong address"),
            ),
            remedies=("restart_workload",),
            depth=Depth.PROXIMATE,
        ),
        _gone,
    ),
    Entry(
        Cause(
            code="cache_eviction_pressure",
            layer=Layer.INTEGRATION,
            entity_kinds=_CACHES,
            title="The cache is too small",
            description="The cache has no memory left for what it has to hold: it evicts entries that are still needed, or refuses writes.",
            supports=("'OOM command not allowed', evicted keys rise",),
            rules_out=("evictions are as before",),
            neighbours=(
                Neighbour(
                    "cache_stampede", "entries are gone at once, by expiry or a flush, not by want of room"
                ),
                Neighbour("oom_killed", "the kernel ends the cache's process"),
            ),
            remedies=("enlarge_cache_by_hand",),
        ),
        _evicting,
    ),
    Entry(
        Cause(
            code="cache_stampede",
            layer=Layer.INTEGRATION,
            entity_kinds=_CACHES,
            title="All miss the cache at once",
            description="Many entries are gone at the same time, so that everybody computes or fetches them at once from what lies behind.",
            supports=(
                "the hit ratio collapses and the load behind the cache grows",
                "a mass expiry or flush came first",
            ),
            rules_out=("the hit ratio is as before",),
            neighbours=(
                Neighbour("cache_eviction_pressure", "entries go because the memory is full"),
                Neighbour("cache_unavailable", "the cache does not answer at all"),
            ),
            remedies=("enlarge_cache_by_hand",),
        ),
        _stampede,
    ),
)
