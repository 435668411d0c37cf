"""Changes that broke something, as teams tell of them: what was changed where, what failed, and in which words it was told."""

from __future__ import annotations

from typing import NamedTuple

CALLS = (
    ("front", "cart"), ("front", "search"), ("front", "checkout"), ("checkout", "cart"), ("checkout", "pay"),
    ("checkout", "mail"), ("cart", "store"), ("pay", "ledger"), ("ledger", "pg"), ("search", "index"), ("mail", "queue"),
)  # fmt: skip


class Story(NamedTuple):
    """`told` is what the alert says, `logged` a line of some log. A change without a service is the cluster's."""

    kind: str
    title: str
    service: str | None
    failing: str
    told: str
    logged: str = ""
    diff: str = ""


def _patch(file: str, *lines: str) -> str:
    return "\n".join((f"--- a/{file}", f"+++ b/{file}", "@@ -1 +1 @@", *lines))


STORIES = (
    Story("config", "Tidy values of pay", "pay", "checkout", "5xx of checkout", "ERROR pay: dial tcp ledger:8008: connection refused",
          _patch("pay/configmap.yaml", "-  LEDGER: http://ledger:8080", "+  LEDGER: http://ledger:8008")),
    Story("config", "Rotate secrets", None, "ledger", "ledger cannot reach its database", "password authentication failed for user"),
    Story("config", "Rotate the database secret of ledger", "ledger", "checkout", "checkout answers 500", "password authentication failed"),
    Story("deploy", "Deploy mail image v2.3.1", "mail", "mail", "mail ImagePullBackOff", "Failed to pull image: not found",
          _patch("mail/values.yaml", "-  tag: v2.3.0", "+  tag: v2.3.1")),
    Story("deploy", "helm upgrade store 4.1.0 -> 5.0.0", "store", "cart", "latency of cart", "WARN cart: store timed out after 2s"),
    Story("flag", "Enable new-ranking for everyone", "search", "search", "search is slow", "search: ranking took 3900ms"),
    Story("scale", "Scale queue from 3 to 1", "queue", "mail", "mail backlog grows: consumers lag", "mail: queue full"),
    Story("scale", "Scale checkout from 6 to 2", "checkout", "checkout", "checkout saturated, CPU throttled"),
    Story("infra", "Upgrade nodes to 1.31", None, "store", "store is not ready", "AttachVolume.Attach failed for volume on node"),
    Story("infra", "Drain pool-a for a kernel patch", None, "store", "store pods pending", "0/6 nodes are available: unschedulable"),
    Story("config", "Default deny network policy", None, "checkout", "checkout cannot reach pay", "dial tcp 10.0.0.1:8080: i/o timeout",
          _patch("netpol/deny.yaml", "+kind: NetworkPolicy", "+  policyTypes: [Egress]")),
    Story("config", "Nightly export every 5 minutes", "pg", "ledger", "ledger slow: pg CPU high", "duration: 9000 ms statement: COPY export",
          _patch("cron/export.yaml", '-  schedule: "0 3 * * *"', '+  schedule: "*/5 * * * *"')),
    Story("config", "Renew the certificate of pay by a new issuer", "pay", "checkout", "checkout errors", "x509: certificate signed by unknown authority"),
    Story("deploy", "Migrate: drop column legacy_id", "ledger", "ledger", "ledger errors", 'column "legacy_id" does not exist',
          _patch("ledger/migrations/42.sql", "+ALTER TABLE entries DROP COLUMN legacy_id;")),
    Story("config", "Lower the memory limit of search", "search", "search", "search OOMKilled", "Killed process out of memory",
          _patch("search/deploy.yaml", "-  memory: 1Gi", "+  memory: 256Mi")),
    Story("merge", "Retry pay calls without backoff", "checkout", "pay", "pay overloaded: ten times the traffic", "pay: too many requests",
          _patch("checkout/client.go", "-  backoff: exp", "+  retries: 10")),
    Story("config", "Quota of namespace shop", None, "mail", "mail has too few replicas", "is forbidden: exceeded quota",
          _patch("quota.yaml", "-  pods: 100", "+  pods: 20")),
    Story("infra", "DNS: move CoreDNS to a new upstream", None, "pay", "pay fails", "dial tcp: lookup api.bank.example: no such host"),
    Story("deploy", "Release cart 7.2", "cart", "cart", "cart errors", "java.lang.NullPointerException at com.shop.cart.Basket"),
    Story("config", "Lower the pool of ledger", "ledger", "pay", "pay times out", "Connection is not available, pool exhausted",
          _patch("ledger/app.yaml", "-  maxPool: 40", "+  maxPool: 4")),
)  # fmt: skip
