"""What healthy programs say is no lead: old troubles, usual ones, and words that only sound like trouble."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sre_agent.catalogue.hearing import sayings
from sre_agent.catalogue.index import entries
from tests.synthetic.cluster import Cluster
from tests.synthetic.talk import kept_shop, said_long_ago, says
from tests.worlds import NOW, ONSET, stamp

OLD = (
    "ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting transaction",
    "FATAL: sorry, too many clients already",
    "ERROR getaddrinfo EAI_AGAIN parcel",
    "ERROR GET http://parcel:80/stock: dial tcp 10.96.0.7:80: connect: connection refused",
    "java.lang.NullPointerException: basket",
    "ERROR 1045 (28000): Access denied for user 'app'@'10.1.0.4'",
    "rpc error: code = Unimplemented desc = unknown method Reserve",
    "redis.exceptions.ConnectionError: Error 111 connecting to larder:6379. Connection refused.",
)
CALM = (
    "INFO circuit breaker parcel closed",
    "INFO connection pool at 12/100",
    "INFO cache hit ratio 96%",
    "INFO 0 errors in the last minute, 0 timeouts",
    "INFO retrying was not needed",
    "WARN certificate will expire in 41 days",
    "WARN option --read-cache is deprecated and will be removed",
    "INFO lag 3",
    "INFO queue depth 4",
    "INFO rate limit: 1000 requests per second",
    'INFO "GET /missing HTTP/1.1" 404',
    "INFO migration 41 applied, schema is up to date",
    "INFO token renewed before it expired",
    "INFO checksum verified",
    "WARN slow request: 210 ms",
    "DEBUG connection refused is retried once",
    "Connected to larder:6379",
    "Listening on 0.0.0.0:8080",
)


def leads_of(cluster: Cluster) -> list[tuple[str, str]]:
    picture = cluster.picture()
    return [(lead.cause, lead.statement) for entry in entries().values() for lead in entry.find(picture)]


@pytest.mark.parametrize("line", OLD)
def test_a_trouble_of_yesterday_is_no_lead_today(line: str) -> None:
    cluster = kept_shop()
    said_long_ago(cluster, "ledger", line)
    assert leads_of(cluster) == []


@pytest.mark.parametrize("line", CALM)
def test_calm_words_are_no_lead(line: str) -> None:
    cluster = kept_shop()
    says(cluster, "ledger", line)
    assert leads_of(cluster) == []


def test_what_is_said_as_often_before_the_alert_counts_less() -> None:
    cluster = kept_shop()
    pod = cluster.pods_of("ledger")[0]["metadata"]["name"]
    times = [ONSET - timedelta(hours=3) + timedelta(minutes=2 * number) for number in range(92)]
    cluster.log(pod, [f"{stamp(at)} ERROR cannot parse value of header x" for at in times if at <= NOW])
    (found,) = [one for one in sayings(cluster.picture()) if "header x" in one.text]
    assert found.usual
    assert found.doubt > 0


def test_a_burst_that_is_over_counts_less() -> None:
    cluster = kept_shop()
    pod = cluster.pods_of("ledger")[0]["metadata"]["name"]
    quiet = [f"{stamp(ONSET + timedelta(seconds=number))} INFO served" for number in range(5, 115)]
    cluster.log(pod, [f"{stamp(ONSET)} ERROR lookup parcel: no such host", *quiet])
    (found,) = [one for one in sayings(cluster.picture()) if "no such host" in one.text]
    assert found.over
