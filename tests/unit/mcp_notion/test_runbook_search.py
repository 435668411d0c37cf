"""Runbooks are found by the alert's name where a page bears it, and by what the alert says where none does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_servers.notion.index import Index, Wanted
from mcp_servers.notion.runbooks import Origin, Runbook, from_markdown
from mcp_servers.notion.searching import believed
from mcp_servers.notion.words import parted, speaks_of_another, stem, synonyms, words_of, words_of_labels


def page(name: str, text: str) -> Runbook:
    return from_markdown(text, Origin(f"{name}.md", "folder"), fallback_title=name)


@pytest.fixture
def index() -> Index:
    return Index(
        [
            page(
                "KubePodCrashLooping",
                "# KubePodCrashLooping\nThe pod restarts again and again. See its last logs.",
            ),
            page("PodOutOfMemory", "# PodOutOfMemory\nThe container was OOMKilled: raise the memory limit."),
            page(
                "database-full",
                "---\nalerts: [PgConnectionsHigh]\n---\n# Too many connections\nPostgres refuses clients.",
            ),
            page(
                "certificates",
                "# When TLS expires\nRenew the certificate with the issuer, then restart the ingress.",
            ),
        ]
    )


def best(index: Index, **wanted: object) -> str:
    hits = index.search(Wanted(**wanted), 3)  # type: ignore[arg-type]
    return hits[0].page.id if hits else ""


def test_a_page_that_bears_the_alerts_name_comes_first_whatever_the_words_say(index: Index) -> None:
    assert (
        best(index, alertname="KubePodCrashLooping", query="memory limit OOMKilled")
        == "KubePodCrashLooping.md"
    )
    assert best(index, alertname="pgconnectionshigh", query="certificate") == "database-full.md"


def test_without_a_name_the_words_of_the_alert_find_it(index: Index) -> None:
    assert best(index, query="Container of checkout was killed: out of memory") == "PodOutOfMemory.md"
    assert best(index, query="certificate of shop.example expires in 2 days") == "certificates.md"


def test_the_fields_other_words_for_it_find_it_too(index: Index) -> None:
    assert best(index, query="cert expiry soon") == "certificates.md"
    assert best(index, query="db refuses") == "database-full.md"


def test_an_alert_about_something_else_finds_nothing(index: Index) -> None:
    assert best(index, query="zzz qqq", alertname="") == ""
    assert best(index) == ""


def test_an_excerpt_shows_where_the_words_stand(index: Index) -> None:
    hit = index.search(Wanted(query="memory limit"), 1)[0]
    assert "raise the memory limit" in hit.excerpt


@given(st.text(max_size=100))
def test_no_text_is_taken_for_search_syntax(text: str) -> None:
    Index([page("a", "hello world")]).search(Wanted(query=text, alertname=text, labels={"x": text}), 5)


def test_camel_case_is_parted_and_generated_names_are_left_out() -> None:
    assert words_of("KubeCPUOvercommit") == ["kubecpuovercommit", "kube", "cpu", "overcommit"]
    assert words_of("pod cart-7d9f8c6b5-x2x4z of v2 at 10.0.0.1") == ["pod", "cart"]
    assert words_of_labels({"instance": "10.0.0.1:80", "deployment": "cart", "pod": "cart-x"}) == ["cart"]


def test_synonyms_do_not_repeat_what_was_said() -> None:
    assert "slow" in synonyms(["latency"])
    assert "latency" not in synonyms(["latency"])


_SET = os.environ.get("RUNBOOK_SET", "")


@pytest.mark.skipif(not _SET, reason="RUNBOOK_SET names no folder of pages/, queries/ and truth.json")
@pytest.mark.parametrize(("kind", "least"), [("given", 0.94), ("hidden", 0.90)])
def test_ranking_is_better_than_plain_bm25(kind: str, least: float) -> None:
    root = Path(_SET)
    pages = [page(path.stem, path.read_text("utf-8")) for path in sorted((root / "pages").glob("*.md"))]
    index, truth = Index(pages), json.loads((root / "truth.json").read_text("utf-8"))
    right = 0
    for key, wanted in truth.items():
        alert = json.loads((root / "queries" / kind / f"{key}.json").read_text("utf-8"))["alerts"][0]
        said = " ".join(alert["annotations"].get(name, "") for name in ("summary", "description"))
        right += (
            best(index, query=said, alertname=alert["labels"].get("alertname", ""), labels=alert["labels"])
            == wanted
        )
    assert right / len(truth) >= least


@pytest.mark.parametrize(
    ("said", "title", "another"),
    [
        ("the client certificate cannot be renewed", "Server certificate renewal fails", True),
        ("a Deployment has not rolled out", "StatefulSet not rolled out", True),
        ("the client calls the server in vain", "Server errors", False),
        ("errors while listing objects", "Watch errors", True),
        ("the pod restarts", "Server errors", False),
    ],
)
def test_a_title_that_names_the_other_alternative_is_about_something_else(
    said: str, title: str, another: bool
) -> None:
    assert speaks_of_another(words_of(said), words_of(title)) is another


def test_a_page_of_the_other_alternative_is_worth_nothing_to_an_alert_without_a_name() -> None:
    pages = [
        page(
            "server-certificate",
            "# Kubelet server certificate renewal\nThe kubelet failed to renew its certificate.",
        ),
        page("disk", "# Disk full\nThe disk of the node is full."),
    ]
    hits = Index(pages).search(Wanted(query="Kubelet failed to renew its client certificate"), 1)
    assert [hit.about for hit in hits] == [0.0]


CACHES = [
    page("CacheNodesLost", "# CacheNodesLost\nA node of the cache left: look at its host and its network."),
    page("CacheEvictions", "# CacheEvictions\nKeys are evicted: the memory of the cache is full."),
    page(
        "BrokerNodesLost", "# BrokerNodesLost\nA node of the broker left: look at its host and its network."
    ),
    page("BrokerLag", "# BrokerLag\nConsumers of the broker are behind."),
]


def test_a_page_about_another_program_is_never_believed_though_it_says_the_same() -> None:
    wanted = Wanted(query="Cache lost a node.", gist="Cache lost a node.")
    found = believed(Index(CACHES).search(wanted, 3), wanted)
    assert found[0].page.title == "CacheNodesLost"
    assert believed(Index(CACHES[1:]).search(wanted, 3), wanted) == []


def test_what_the_alert_says_in_one_sentence_decides_and_not_the_words_around_it() -> None:
    around = "The broker runs on a node whose host and network are fine; look at the host, the node and the network."
    wanted = Wanted(
        query=f"Consumers of the broker lag behind. {around}", gist="Consumers of the broker lag behind."
    )
    assert Index(CACHES).search(wanted, 1)[0].page.title == "BrokerLag"


def test_names_written_in_one_are_parted_and_products_put_together_again() -> None:
    known = frozenset(map(stem, ["mysql", "rabbitmq"]))
    assert parted("MySQLSlowQueries", known) == ["mysql", "slow", "queries"]
    assert parted("RabbitMQDown", known) == ["rabbitmq", "down"]
    assert parted("Pod NotReady", known) == ["pod", "ready"]


def test_a_doubled_consonant_before_an_ending_is_one() -> None:
    assert stem("overcommitted") == stem("overcommit")
    assert stem("dropped") == stem("drop")
    assert stem("full") == "full"


STORES = [
    page("PostgresLag", "# PostgresLag\nA standby cannot keep up with the log its primary writes."),
    page("PostgresDeadlocks", "# PostgresDeadlocks\nTransactions wait for locks that the others hold."),
    page(
        "MySQLSlowQueries", "# MySQLSlowQueries\nStatements of a MySQL server take long: read the slow log."
    ),
    page("MySQLThreads", "# MySQLThreads\nToo many threads run in the MySQL server."),
]


@pytest.mark.parametrize(
    ("said", "measured", "wanted"),
    [
        ("Transactions deadlock.", "pg stat database deadlocks", "PostgresDeadlocks"),
        ("Many slow queries.", "mysql global status slow queries", "MySQLSlowQueries"),
    ],
)
def test_a_program_that_only_the_metrics_name_is_known_by_its_other_spellings(
    said: str, measured: str, wanted: str
) -> None:
    asked = Wanted(query=said, gist=said, measured=measured)
    assert [hit.page.title for hit in believed(Index(STORES).search(asked, 1), asked)] == [wanted]
    others = [each for each in STORES if each.title != wanted]
    assert believed(Index(others).search(asked, 1), asked) == []
