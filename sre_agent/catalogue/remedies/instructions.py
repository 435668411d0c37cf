"""Instructions for a person, where no safe automatic step exists: each with its check, and its undo where it has one."""

from __future__ import annotations

from sre_agent.catalogue.remedy import Drafts, Means, Remedy, Unfit, hint, manual
from sre_agent.domain.diagnosis import Hypothesis

_WORDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "end_read_only_by_hand",
        "A person ends the read-only mode",
        (
            "Find out why {entity} is read-only: a switched primary, a full disk or a setting{because}.",
            "MySQL: SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF. PostgreSQL: ALTER SYSTEM SET default_transaction_read_only = off; "
            "SELECT pg_reload_conf(). A replica: point writers at the primary instead. Undo by setting the same back.",
            "Check with one harmless write, then take the setting out of the manifest so that it does not come back.",
        ),
    ),
    (
        "free_database_disk_by_hand",
        "A person makes room for the database",
        (
            "Enlarge the volume claim of {entity} where its StorageClass allows expansion (a claim never shrinks again), or remove old logs and backups.",
            "Check the free space in the pod (df -h) and that writes succeed; Elasticsearch indexes need index.blocks.read_only_allow_delete cleared.",
        ),
    ),
    (
        "free_connections_by_hand",
        "A person frees connections of the database",
        (
            "See who holds the connections of {entity}: pg_stat_activity, SHOW PROCESSLIST or db.serverStatus().connections; end those that only idle.",
            "Lower the pools of the clients that hold most, or raise the limit of connections with the memory it needs. Keep the old value: it is the undo.",
            "Check that connections in use stay well below the limit and that refusals stop.",
        ),
    ),
    (
        "tend_database_by_hand",
        "A person looks into the database's work",
        (
            "See what {entity} is doing: pg_stat_activity, SHOW FULL PROCESSLIST or db.currentOp(); end the statement that runs longest if it may be lost.",
            "Check that the time of queries falls back; then explain the statement's plan and mend it.",
        ),
    ),
    (
        "end_blocking_session_by_hand",
        "A person ends the session that blocks the others",
        (
            "Find the blocking session of {entity}: pg_blocking_pids(pid), sys.innodb_lock_waits or DBA_BLOCKERS.",
            "End it (pg_terminate_backend, KILL); its transaction is rolled back, which cannot be undone but repeats on retry.",
            "Check that lock waits are gone; then shorten the transaction, or take the locks in one order.",
        ),
    ),
    (
        "add_index_by_hand",
        "A person adds the index",
        (
            "Explain the slow statement on {table} and add an index for its filter: CREATE INDEX CONCURRENTLY (PostgreSQL) or ALGORITHM=INPLACE (MySQL). "
            "Undo: DROP INDEX.",
            "Check that the plan uses it and that the statement's time falls.",
        ),
    ),
    (
        "inspect_network_by_hand",
        "A person looks for what disturbs the network",
        (
            "From the node of a pod of {entity}, look at its interface: tc qdisc show, ip -s link, conntrack -S; and for objects of a chaos tool that select it.",
            "Take out what delays or drops (tc qdisc del dev DEV root; undo by adding the same again), or move the pod to another node by deleting it.",
            "Check that latency and retransmissions fall back to what they were before the onset.",
        ),
    ),
    (
        "allow_in_policy_by_hand",
        "A person lets the traffic through",
        (
            "Look at NetworkPolicy {policy} (kubectl get networkpolicy {policy} -o yaml) and keep a copy: it is the undo.",
            "Add a rule for {direction} traffic with {peers}, by their labels and the one port they need; policies are law and are never changed automatically.",
            "Check that a connection comes about and that the callers' timeouts stop.",
        ),
    ),
    (
        "mend_mesh_by_hand",
        "A person mends the mesh's object",
        (
            "Keep a copy of {object} (kubectl get … -o yaml): it is the undo.",
            "Let it name a host and subset that have pods, take injected faults out, and set identities that both sides have.",
            "Check with istioctl analyze (or linkerd check) and that the sidecars' 503 and 403 answers stop.",
        ),
    ),
    (
        "mend_route_by_hand",
        "A person mends the route",
        (
            "Keep a copy of {entity} (kubectl get … -o yaml): it is the undo.",
            "Let {path} lead to a Service and port that exist and are meant, and set ingressClassName to {ingress_class} where it has none.",
            "Check with one request to each path, and that the controller's log names no error.",
        ),
    ),
    (
        "ease_load_by_hand",
        "A person eases the load, or lifts the limit",
        (
            "Find out who sends more than usual to {entity}, and whether these are repetitions of failed calls.",
            "Lower the number of retries and let them wait longer each time; or raise the limit of requests. Keep the old value: it is the undo.",
            "Check that refusals stop and that latency behind the limit stays as it was.",
        ),
    ),
    (
        "agree_on_interface_by_hand",
        "A person brings both sides to one interface",
        (
            "Compare the interface that {entity} offers or expects with that of the other side: methods, fields, versions.",
            "Roll back the side that was released last, or release the other one; then check that the errors stop.",
        ),
    ),
    (
        "renew_credential_by_hand",
        "A person renews the credential",
        (
            "Issue a new token, key, password or certificate for {entity} at whoever issued the old one.",
            "Put it into the Secret that {entity} reads and restart it; keep the old one until the check has passed. Secrets are never changed automatically.",
            "Check that its log no longer speaks of expiry, and set a reminder before the next one.",
        ),
    ),
    (
        "enlarge_cache_by_hand",
        "A person gives the cache room, or spreads its expiry",
        (
            "Compare used memory with maxmemory of {entity} (INFO memory, INFO stats) and see which keys take it.",
            "Raise maxmemory together with the container's memory limit, or let keys expire at different times and be filled by one caller only. Undo: the old values.",
            "Check that evictions fall and that the share of hits comes back.",
        ),
    ),
    (
        "tend_consumers_by_hand",
        "A person looks after the consumers",
        (
            "See who consumes from {entity} and whether they run, fail or wait; one message that always fails can hold all others up.",
            "Add consumers (no more than there are partitions) or move the failing message aside; undo by taking them away again.",
            "Check that the depth or the lag falls.",
        ),
    ),
    (
        "wait_for_third_party_by_hand",
        "A person follows the other side's outage",
        (
            "Look at the status page of {host} and open a case there; ask from the cluster with curl to rule the own network out.",
            "Switch the feature that needs {host} off, or serve what is known; undo when it answers again.",
            "Check that calls to {host} succeed before the feature is switched on again.",
        ),
    ),
    (
        "mend_code_by_hand",
        "A person mends the code",
        (
            "Look at {place}: what does it take for granted, and which request brought it there? No earlier release is known that would be safe.",
            "Release a mended version; until then keep the requests away that lead there. Undo: roll the release back.",
            "Check that the error does not come again.",
        ),
    ),
    (
        "mend_data_by_hand",
        "A person mends the data",
        (
            "Find the records that {entity} refuses or handled twice, and where they come from; keep a copy before anything is changed.",
            "Mend or set them aside, and let the sender check them; restore the copy to undo.",
            "Check that the refusals stop and that nothing waits behind them.",
        ),
    ),
    (
        "mend_migration_by_hand",
        "A person brings schema and code together",
        (
            "Compare the migrations that ran with those that {entity} expects (the tool's own history table).",
            "Run the missing one, or repair the failed one after a backup; where the code runs ahead, roll it back. Undo: restore the backup.",
            "Check that {entity} starts and finds its tables and columns.",
        ),
    ),
    (
        "restore_data_by_hand",
        "A person restores the damaged data",
        (
            "Stop writing to {entity} and keep a copy of the damaged files: restoring over them cannot be undone.",
            "Check the disk, then restore from the last good backup or a healthy replica, and check the checksums.",
        ),
    ),
    (
        "switch_flag_back_by_hand",
        "A person switches the flag back",
        (
            "Switch the flag back where it is kept, for everyone; note its present value: it is the undo.",
            "Check that the errors of {entity} stop.",
        ),
    ),
    (
        "put_port_right_by_hand",
        "A person puts the address right",
        (
            "Find where {entity} takes its database's address from (a Secret, a file, its image); it uses {address}.",
            "Write the port of the database's Service there and restart {entity}; keep the old value: it is the undo.",
            "Check that its log no longer speaks of failed connections.",
        ),
    ),
    (
        "put_credentials_right_by_hand",
        "A person puts the credentials right",
        (
            "Log in by hand with the credentials that {entity} uses; compare its Secret or variables with those the other side accepts.",
            "Write the right ones into its Secret, or create the user with the needed rights, and restart {entity}. Secrets are never changed automatically.",
            "Check that its log no longer speaks of refused logins.",
        ),
    ),
)


def _remedy(name: str, title: str, words: tuple[str, ...]) -> Remedy:
    def way(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
        told = {key: value for key, value in hypothesis.hints.items() if isinstance(value, str) and value}
        because = (
            f" ({hint(hypothesis, 'read_only_setting')})" if hint(hypothesis, "read_only_setting") else ""
        )
        filled = _Filled(told, entity=str(hypothesis.entity), because=because)
        return manual(hypothesis.entity, *(text.format_map(filled) for text in words))

    return Remedy(name, title, way)


class _Filled(dict[str, str]):
    """What is known by name; what is not stands as a plain word."""

    def __init__(self, told: dict[str, str], **more: str) -> None:
        super().__init__({**told, **more})

    def __missing__(self, key: str) -> str:
        return f"the {key.replace('_', ' ')}"


REMEDIES = tuple(_remedy(*one) for one in _WORDS)
