"""Faults between programs: routes, stores, brokers, meshes and other people's APIs; imports no rule."""

from __future__ import annotations

from typing import Any

from tests.synthetic.harbour.fault import Fault, Make
from tests.synthetic.harbour.place import Place
from tests.synthetic.harbour.runtime import all_of, fires, pod_series, says
from tests.synthetic.harbour.services import host_of


def exporter(metric: str, value: float, before: float, /, kind: str = "level", **labels: str) -> Make:
    """A store's exporter, which another team runs in its own namespace: `namespace` and `pod` are the exporter's."""
    worn = {"job": "exporters", "namespace": "observability", "pod": "store-exporter-5c9-x2x", **labels}

    def make(place: Place) -> None:
        if kind == "grows":
            place.grows(metric, worn, before, value)
        elif kind == "count":
            place.count(metric, worn, value, before)
        else:
            place.level(metric, worn, value, before)

    return make


def go(words: str, msg: str = "call failed") -> str:
    return f'{{"level":"error","ts":{{ts}},"msg":"{msg}","error":"{words}"}}'


def java(words: str, where: str = "c.h.p.Handler") -> str:
    return f"{{t}} ERROR 1 --- [nio-8081-exec-4] {where} : {words}"


def dotnet(words: str) -> str:
    return f"{{t}} fail: Harbour.App[0] {words}"


def python(words: str) -> str:
    return f"{{t}} ERROR app {words}"


def selector(place: Place) -> None:
    place.get("services", "tariffs", "booking")["spec"]["selector"] = {
        "app.kubernetes.io/name": "tariffs",
        "track": "stable",
    }


def target(place: Place) -> None:
    place.get("services", "tariffs", "booking")["spec"]["ports"][0]["targetPort"] = 8088
    place.says(
        "quotes",
        go(
            "dial tcp 172.20.9.17:8080: connect: connection refused",
            f"GET http://{host_of('tariffs')}:8080/v1 failed",
        ),
    )


def protocol(place: Place) -> None:
    place.get("services", "tariffs", "booking")["spec"]["ports"][0]["protocol"] = "UDP"
    place.says(
        "quotes",
        go(
            "dial tcp 172.20.9.17:8080: connect: connection refused",
            f"GET http://{host_of('tariffs')}:8080/v1 failed",
        ),
    )


def env(name: str, key: str, value: str, *lines: str) -> Make:
    def make(place: Place) -> None:
        for box in place.containers(name):
            for one in box["env"]:
                if one["name"] == key:
                    one["value"] = value
        if lines:
            place.says(name, *lines)

    return make


ENVOY = """static_resources:
  listeners:
  - name: main
    address: {{socket_address: {{address: 0.0.0.0, port_value: 10000}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{prefix: "/quotes"}}
                route: {{cluster: quotes_cluster}}
              - match: {{prefix: "/voyages"}}
                route: {{cluster: {voyages}}}
              - match: {{prefix: "/login"}}
                route: {{cluster: login_cluster}}
  clusters:
  - name: quotes_cluster
    load_assignment: {{cluster_name: quotes_cluster, endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: quotes.booking, port_value: 8080}}}}}}}}]}}]}}
  - name: voyages_cluster
    load_assignment: {{cluster_name: voyages_cluster, endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: {host}, port_value: 8080}}}}}}}}]}}]}}
  - name: login_cluster
    load_assignment: {{cluster_name: login_cluster, endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: login.people, port_value: 5000}}}}}}}}]}}]}}
"""


def misroute(**change: str) -> Make:
    def make(place: Place) -> None:
        place.put(
            "configmaps",
            "ConfigMap",
            "front-proxy-config",
            "edge",
            data={
                "envoy.yaml": ENVOY.format(
                    **{"voyages": "voyages_cluster", "host": "voyages.booking", **change}
                )
            },
        )
        place.respec("front-proxy", volumes=[{"name": "config", "configMap": {"name": "front-proxy-config"}}])
        place.says(
            "front-proxy",
            '[{t}] "GET /voyages/17 HTTP/2" 404 - via_upstream - 0 19 3 - "-" "-" "quotes.booking"',
        )
        place.says(
            "quotes",
            '{"level":"warn","ts":{ts},"msg":"no such route","method":"GET","path":"/voyages/17","status":404}',
        )
        place.errors["front-proxy"] = 0.3
        place.namespace, place.complaint = "edge", "Opening a voyage shows page not found."

    return make


def gateway_env(place: Place) -> None:
    """A front door that reads its upstreams from variables, one of which names another service that exists."""
    for box in place.containers("front-proxy"):
        box["env"] = [
            {
                "name": f"{name.upper()}_UPSTREAM",
                "value": f"http://{host_of(other)}:{place.works[other].port}",
            }
            for name, other in (
                ("quotes", "quotes"),
                ("voyages", "berths"),
                ("login", "login"),
                ("members", "members"),
            )
        ]
    place.says(
        "berths",
        '{"level":"warn","ts":{ts},"msg":"no such route","method":"GET","path":"/voyages/17","status":404}',
    )
    place.says(
        "front-proxy", '[{t}] "GET /voyages/17 HTTP/2" 404 - via_upstream - 0 19 3 - "-" "-" "berths.booking"'
    )
    place.namespace, place.complaint = "edge", "Opening a voyage shows page not found."


def _booking_site(place: Place, of_class: str, service: str, port: int, **more: Any) -> None:
    """The Ingress of the booking site, in a cluster whose one class is nginx."""
    backend = {"service": {"name": service, "port": {"number": port}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    rule = {"host": "book.harbour.example", "http": {"paths": [path]}}
    spec = {"ingressClassName": of_class, "rules": [rule]}
    place.put("ingressclasses", "IngressClass", "nginx", spec={"controller": "k8s.io/ingress-nginx"})
    place.put("ingresses", "Ingress", "booking-site", "edge", spec=spec, **more)


def ingress(place: Place) -> None:
    _booking_site(place, "nginx", "harbour-front", 80)
    place.event(
        "Ingress",
        "edge",
        "booking-site",
        "Warning",
        'Error obtaining Endpoints for Service "edge/harbour-front": no object matching key "edge/harbour-front" in local store',
        source="nginx-ingress-controller",
    )
    place.namespace, place.complaint = "edge", "book.harbour.example answers 503."


def no_class(place: Place) -> None:
    _booking_site(place, "haproxy-public", "harbour-web", 10000, status={"loadBalancer": {}})
    place.namespace, place.complaint = "edge", "book.harbour.example cannot be reached."


def certificate(place: Place) -> None:
    spec = {
        "ingressClassName": "nginx",
        "tls": [{"hosts": ["book.harbour.example"], "secretName": "book-tls"}],
        "rules": [
            {
                "host": "book.harbour.example",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "harbour-web", "port": {"number": 10000}}},
                        }
                    ]
                },
            }
        ],
    }
    place.put("ingressclasses", "IngressClass", "nginx", spec={"controller": "k8s.io/ingress-nginx"})
    place.put("ingresses", "Ingress", "booking-site", "edge", spec=spec)
    place.put(
        "certificates",
        "Certificate",
        "book-tls",
        "edge",
        spec={"secretName": "book-tls", "dnsNames": ["book.harbour.example"]},
        status={
            "notAfter": "2027-02-09T13:50:00Z",
            "conditions": [
                {
                    "type": "Ready",
                    "status": "False",
                    "reason": "Expired",
                    "message": "Certificate expired on Tue, 09 Feb 2027 13:50:00 UTC",
                }
            ],
        },
    )
    place.fires(
        "SSLCertificateExpired",
        'probe_ssl_earliest_cert_expiry{job="blackbox"} - time() <= 0',
        "The certificate of https://book.harbour.example has expired.",
        instance="https://book.harbour.example",
        job="blackbox",
    )
    place.namespace = "edge"


def mesh_subset(place: Place) -> None:
    place.put(
        "virtualservices",
        "VirtualService",
        "tariffs",
        "booking",
        spec={
            "hosts": ["tariffs"],
            "http": [{"route": [{"destination": {"host": "tariffs", "subset": "v4"}}]}],
        },
    )
    place.put(
        "destinationrules",
        "DestinationRule",
        "tariffs",
        "booking",
        spec={"host": "tariffs", "subsets": [{"name": "v3", "labels": {"version": "v3"}}]},
    )
    place.says(
        "quotes",
        '[{t}] "GET /v1 HTTP/1.1" 503 NC cluster_not_found - "-" 0 0 0 - "-" "Go-http-client/1.1" "tariffs.booking:8080" "-" -',
        container="istio-proxy",
    )


def mesh_policy(place: Place) -> None:
    place.put(
        "authorizationpolicies",
        "AuthorizationPolicy",
        "tariffs-callers",
        "booking",
        spec={
            "selector": {"matchLabels": {"app.kubernetes.io/name": "tariffs"}},
            "action": "ALLOW",
            "rules": [{"from": [{"source": {"principals": ["cluster.local/ns/booking/sa/pricing"]}}]}],
        },
    )
    place.says(
        "quotes", go("unexpected status 403: RBAC: access denied", f"GET http://{host_of('tariffs')}:8080/v1")
    )
    place.says(
        "tariffs",
        '[{t}] "GET /v1 HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19 0 - "-" "Go-http-client/1.1" "tariffs.booking:8080" "-" inbound|8080||',
        container="istio-proxy",
    )


def mesh_mtls(place: Place) -> None:
    place.put(
        "peerauthentications",
        "PeerAuthentication",
        "strict",
        "booking",
        spec={
            "selector": {"matchLabels": {"app.kubernetes.io/name": "cargo-search"}},
            "mtls": {"mode": "STRICT"},
        },
    )
    place.says(
        "front-proxy",
        '[{t}] "GET /cargo-search HTTP/2" 503 UC upstream_reset_before_response_started{connection_termination} - 0 95 1 - "-" "-" "cargo-search.booking:8080"',
    )


def policy(kind: str, plural: str, spec: dict, name: str = "antifraud") -> Make:  # type: ignore[type-arg]
    def make(place: Place) -> None:
        place.put(plural, kind, f"{name}-callers", "payments", metadata={"age": place.since}, spec=spec)
        place.says(
            "charges",
            java(
                f"java.net.SocketTimeoutException: Connect timed out calling http://{host_of(name)}:8081/api/v2"
            ),
        )

    return make


def pods_ill_elsewhere(place: Place) -> None:
    for pod in place.pods("tariffs"):
        place.unready(pod)


def unable_to_resolve(place: Place) -> None:
    place.respec("charges", dnsPolicy="None", dnsConfig={"nameservers": ["10.20.99.99"]})
    place.says("charges", java("java.net.UnknownHostException: antifraud.payments.svc.cluster.local"))


def network(name: str, *metrics: tuple[str, float, float]) -> Make:
    def make(place: Place) -> None:
        for metric, value, before in metrics:
            for pod in place.pods(name):
                place.count(
                    metric,
                    {
                        "namespace": pod["metadata"]["namespace"],
                        "pod": pod["metadata"]["name"],
                        "interface": "eth0",
                        "job": "kubelet",
                    },
                    value,
                    before,
                )

    return make


def third(place: Place) -> None:
    place.says(
        "weather",
        python(
            "httpx.HTTPStatusError: Server error '503 Service Unavailable' for url 'https://api.skycast.example/v3/forecast'"
        ),
    )


def kafka(name: str, line: str) -> Make:
    return lambda place: place.says(name, line)


PG = {"server": "ledger-pg.data:5432", "datname": "ledger"}
MY = {"target": "voyages-mysql.data:3306"}
RD = {"instance": "redis://tariff-redis.data:6379"}
JDBC = "o.h.engine.jdbc.spi.SqlExceptionHelper"

FAULTS = (
    Fault("service_selector_mismatch", ("tariffs",), selector, "tariffs"),
    Fault("service_port_mapping_mismatch", ("tariffs",), target, "tariffs"),
    Fault("service_protocol_mismatch", ("tariffs",), protocol, "tariffs"),
    Fault("service_dns_resolution_failure", ("charges",), unable_to_resolve, "charges"),
    Fault("service_env_var_address_mismatch", ("itinerary",), env("itinerary", "WEATHER_BASE_URL", "http://weather.plattform.svc.cluster.local:8000", go("dial tcp: lookup weather.plattform.svc.cluster.local on 172.20.0.10:53: no such host")), "itinerary"),
    Fault("service_env_var_address_mismatch", ("charges",), env("charges", "ANTIFRAUD_BASE_URL", f"http://{host_of('antifraud')}:8801", java(f"java.net.ConnectException: Connection refused calling http://{host_of('antifraud')}:8801/api/v2")), "charges", form="port"),
    Fault("service_env_var_address_mismatch", ("settlement",), env("settlement", "FREIGHT_KAFKA_HOSTS", "freight-kafka.bus.svc.cluster.local:9029", "{t} WARN 1 --- [ad | producer-1] org.apache.kafka.clients.NetworkClient : [Producer clientId=producer-1] Connection to node -1 (freight-kafka.bus.svc.cluster.local/172.20.40.17:9029) could not be established. Node may not be available."), "settlement", form="kafka"),
    Fault("gateway_misroute", ("front-proxy", "front-proxy-config"), misroute(voyages="quotes_cluster"), form="cluster"),
    Fault("gateway_misroute", ("front-proxy", "front-proxy-config"), misroute(host="quotes.booking"), form="upstream"),
    Fault("gateway_misroute", ("front-proxy",), gateway_env, form="variable"),
    Fault("ingress_misconfigured", ("booking-site",), ingress),
    Fault("ingress_class_missing", ("booking-site",), no_class),
    Fault("tls_certificate_invalid", ("booking-site", "book-tls", "book.harbour.example"), certificate),
    Fault("service_mesh_misconfigured", ("tariffs", "quotes"), mesh_subset, "tariffs", form="subset"),
    Fault("service_mesh_misconfigured", ("cargo-search",), mesh_mtls, "cargo-search", form="mtls"),
    Fault("service_mesh_misconfigured", ("tariffs",), mesh_policy, "tariffs", form="istio"),
    Fault("network_policy_blocking", ("antifraud",), policy("NetworkPolicy", "networkpolicies", {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "antifraud"}}, "policyTypes": ["Ingress"], "ingress": []}), "antifraud", "slow"),
    Fault("network_policy_blocking", ("antifraud",), policy("CiliumNetworkPolicy", "ciliumnetworkpolicies", {"endpointSelector": {"matchLabels": {"app.kubernetes.io/name": "antifraud"}}, "ingress": [{"fromEndpoints": [{"matchLabels": {"app.kubernetes.io/name": "wallet"}}]}]}), "antifraud", "slow", form="cilium"),
    Fault("network_policy_blocking", ("antifraud",), policy("NetworkPolicy", "networkpolicies.crd.projectcalico.org", {"selector": "app.kubernetes.io/name == 'antifraud'", "types": ["Ingress"], "ingress": [{"action": "Allow", "source": {"selector": "app.kubernetes.io/name == 'wallet'"}}]}), "antifraud", "slow", form="calico"),
    Fault("pod_network_packet_loss", ("antifraud",), network("antifraud", ("container_network_receive_packets_dropped_total", 210, 0), ("container_network_transmit_packets_dropped_total", 190, 0)), "antifraud", "slow"),
    Fault("db_connection_exhaustion", ("ledger-pg",), all_of(says("ledger-api", java("FATAL: sorry, too many clients already", JDBC)), says("reports", python("psycopg2.OperationalError: connection to server at \"ledger-pg.data\" (172.20.31.17), port 5432 failed: FATAL:  sorry, too many clients already")), exporter("pg_stat_database_numbackends", 200, 40, **PG), exporter("pg_settings_max_connections", 200, 200, server=PG["server"])), "ledger-pg"),
    Fault("db_connection_exhaustion", ("members-mongo",), all_of(says("members", dotnet("MongoDB.Driver.MongoConnectionException: An exception occurred while opening a connection to the server. ---> System.IO.EndOfStreamException")), says("members-mongo", '{"t":{"$date":"{t}"},"s":"I","c":"NETWORK","id":22942,"ctx":"listener","msg":"Connection refused because there are too many open connections","attr":{"connectionCount":20001}}')), "members-mongo", form="mongo"),
    Fault("db_read_only", ("ledger-pg",), all_of(says("ledger-api", java("ERROR: cannot execute UPDATE in a read-only transaction", JDBC)), says("customs", go("ERROR: cannot execute INSERT in a read-only transaction (SQLSTATE 25006)"))), "ledger-pg"),
    Fault("db_read_only", ("voyages-mysql",), all_of(says("voyages", go("Error 1290 (HY000): The MySQL server is running with the --super-read-only option so it cannot execute this statement"))), "voyages-mysql", form="mysql"),
    Fault("db_read_only", ("members-mongo",), all_of(says("members", dotnet("MongoDB.Driver.MongoNotPrimaryException: Server returned not primary error. (NotWritablePrimary) not primary"))), "members-mongo", form="mongo"),
    Fault("db_unreachable", ("voyages-mysql",), all_of(says("voyages", go("dial tcp 172.20.32.17:3306: connect: connection refused")), says("availability", go("dial tcp 172.20.32.17:3306: connect: connection refused")), says("schedule-import", python("sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (2003, \"Can't connect to MySQL server on 'voyages-mysql.data' ([Errno 111] Connection refused)\")")), exporter("mysql_up", 0, 1, **MY)), "voyages-mysql"),
    Fault("db_slow_query", ("ledger-pg",), all_of(says("ledger-api", java("ERROR: canceling statement due to statement timeout", JDBC)), says("ledger-pg", "{t} UTC [812] LOG:  duration: 31022.118 ms  statement: SELECT sum(amount) FROM entries WHERE account_id = 8123"), exporter("pg_stat_activity_max_tx_duration", 610, 0.4, state="active", **PG)), "ledger-pg", "slow"),
    Fault("db_lock_contention", ("voyages-mysql",), all_of(says("voyages", go("Error 1205 (HY000): Lock wait timeout exceeded; try restarting transaction")), exporter("mysql_global_status_innodb_row_lock_current_waits", 61, 0, **MY), exporter("mysql_global_status_innodb_row_lock_waits", 25, 0.1, kind="count", **MY)), "voyages-mysql", "slow"),
    Fault("db_lock_contention", ("ledger-pg",), all_of(says("ledger-api", java("ERROR: deadlock detected Detail: Process 812 waits for ShareLock on transaction 991; blocked by process 813.", JDBC)), says("ledger-pg", "{t} UTC [812] ERROR:  deadlock detected")), "ledger-pg", form="deadlock"),
    Fault("db_replication_lag", ("voyages-mysql",), all_of(exporter("mysql_slave_status_seconds_behind_source", 2100, 0, **MY), fires("MySQLReplicationLag", "mysql_slave_status_seconds_behind_source > 60", "Replica of voyages-mysql.data:3306 is 2100 s behind.", target=MY["target"], namespace="observability"))),
    Fault("db_disk_full", ("ledger-pg",), all_of(says("ledger-pg", '{t} UTC [77] PANIC:  could not write to file "pg_wal/xlogtemp.77": No space left on device'), says("ledger-api", java("FATAL: the database system is in recovery mode", JDBC))), "ledger-pg"),
    Fault("mysql_invalid_credentials", ("availability",), says("availability", go("Error 1045 (28000): Access denied for user 'availability'@'10.44.0.17' (using password: YES)")), "availability"),
    Fault("mysql_invalid_port", ("availability",), env("availability", "VOYAGES_MYSQL_HOSTS", f"{host_of('voyages-mysql')}:3307", go("dial tcp 172.20.32.17:3307: connect: connection refused")), "availability"),
    Fault("connection_pool_exhaustion", ("ledger-api",), all_of(says("ledger-api", java("HikariPool-1 - Connection is not available, request timed out after 30000ms (total=10, active=10, idle=0, waiting=61)", JDBC)), pod_series("ledger-api", "hikaricp_connections_pending", 61, 0, pool="HikariPool-1"), pod_series("ledger-api", "hikaricp_connections_active", 10, 2, pool="HikariPool-1"), pod_series("ledger-api", "hikaricp_connections_max", 10, 10, pool="HikariPool-1")), "ledger-api", "slow"),
    Fault("connection_pool_exhaustion", ("members",), says("members", dotnet("MongoDB.Driver.MongoWaitQueueFullException: The wait queue for acquiring a connection to server members-mongo.data:27017 is full.")), "members", form="dotnet"),
    Fault("cache_unavailable", ("tariff-redis",), all_of(says("tariffs", go("dial tcp 172.20.33.17:6379: connect: connection refused")), says("fx-rates", java("org.springframework.data.redis.RedisConnectionFailureException: Unable to connect to Redis; nested exception is io.lettuce.core.RedisConnectionException: Unable to connect to tariff-redis.data:6379")), exporter("redis_up", 0, 1, **RD)), "tariff-redis"),
    Fault("cache_eviction_pressure", ("tariff-redis",), all_of(exporter("redis_evicted_keys_total", 900, 0, kind="count", **RD), exporter("redis_memory_used_bytes", 2e9, 9e8, **RD), exporter("redis_memory_max_bytes", 2e9, 2e9, **RD)), "tariffs", "slow"),
    Fault("cache_stampede", ("tariff-redis",), all_of(exporter("redis_keyspace_misses_total", 2500, 20, kind="count", **RD), exporter("redis_keyspace_hits_total", 60, 2400, kind="count", **RD), says("tariffs", '{"level":"warn","ts":{ts},"msg":"cache miss, loading from database","key":"tariff:all","concurrent_loads":2311}', every=5)), "tariffs", "slow"),
    Fault("message_broker_unavailable", ("freight-kafka",), all_of(says("settlement", "{t} WARN 1 --- [ad | producer-1] org.apache.kafka.clients.NetworkClient : [Producer clientId=producer-1] Connection to node 1 (freight-kafka-1.bus/10.44.0.77:9092) could not be established. Node may not be available.", java("org.springframework.kafka.core.KafkaProducerException: Failed to send; nested exception is org.apache.kafka.common.errors.TimeoutException: Topic settlements not present in metadata after 60000 ms.")), says("events-relay", python("aiokafka.errors.KafkaConnectionError: KafkaConnectionError: Unable to bootstrap from [('freight-kafka.bus', 9092, <AddressFamily.AF_UNSPEC: 0>)]")), says("manifests", go("kafka: client has run out of available brokers to talk to"))), "freight-kafka"),
    Fault("message_queue_backlog", ("jobs-rabbit",), all_of(exporter("rabbitmq_detailed_queue_messages_ready", 210000, 40, kind="grows", namespace="bus", pod="jobs-rabbit-0", queue="letters", vhost="/"), fires("RabbitMQQueueBacklog", "sum by (queue) (rabbitmq_detailed_queue_messages_ready) > 10000", "Queue letters has 210000 messages ready.", namespace="bus", queue="letters"))),
    Fault("consumer_lag", ("audit-trail", "freight-kafka"), all_of(exporter("kafka_consumergroup_lag_sum", 510000, 12, kind="grows", consumergroup="audit-trail", topic="bookings"), fires("KafkaConsumersGroupLag", "sum(kafka_consumergroup_lag) by (consumergroup, topic) > 50000", "Consumer group audit-trail lags 510000 behind on bookings.", consumergroup="audit-trail", topic="bookings"))),
    Fault("third_party_outage", ("api.skycast.example",), third, "weather"),
    Fault("rate_limited", ("notifier", "letters", "api.mailhub.example"), says("notifier", dotnet("System.Net.Http.HttpRequestException: Response status code does not indicate success: 429 (Too Many Requests). https://api.mailhub.example/v3/send; Retry-After: 60")), "notifier"),
    Fault("circuit_breaker_open", ("wallet",), all_of(says("wallet", java("io.github.resilience4j.circuitbreaker.CallNotPermittedException: CircuitBreaker 'charges' is OPEN and does not permit further calls")), pod_series("wallet", "resilience4j_circuitbreaker_state", 1, 0, name="charges", state="open")), "wallet"),
    Fault("retry_storm", ("itinerary", "front-proxy"), all_of(lambda place: place.count("envoy_cluster_upstream_rq_retry", {"namespace": "booking", "pod": place.pods("itinerary")[0]["metadata"]["name"], "envoy_cluster_name": "outbound|8080||voyages.booking.svc.cluster.local"}, 310, 0.1), lambda place: place.count("envoy_cluster_upstream_rq_retry_overflow", {"namespace": "booking", "pod": place.pods("itinerary")[0]["metadata"]["name"], "envoy_cluster_name": "outbound|8080||voyages.booking.svc.cluster.local"}, 60, 0.0), lambda place: place.busier.update({"voyages": 9.0})), "voyages", "slow"),
    Fault("api_contract_mismatch", ("letters", "documents"), says("letters", dotnet("System.Text.Json.JsonException: The JSON value could not be converted to Harbour.DocumentId. Path: $.id | LineNumber: 0 | BytePositionInLine: 14. while reading http://documents.platform:8000/v1/items")), "letters"),
    Fault("expired_credentials", ("documents",), says("documents", python("botocore.exceptions.ClientError: An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired.")), "documents"),
    Fault("secret_rotation_mismatch", ("login",), says("login", dotnet("Microsoft.IdentityModel.Tokens.SecurityTokenSignatureKeyNotFoundException: IDX10503: Signature validation failed. Token does not have a kid matching any of the configured keys; signing key was rotated")), "login"),
)  # fmt: skip
