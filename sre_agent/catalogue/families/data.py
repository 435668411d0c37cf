"""Data and code that disagree: values that are refused, schemas that differ, damage, and work done twice."""

from __future__ import annotations

from collections.abc import Iterable

from sre_agent.catalogue.cause import SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.dependencies import blamed_for
from sre_agent.catalogue.hearing import Heard, by_speaker, quotes, shortly
from sre_agent.catalogue.roles import Role, role_of
from sre_agent.catalogue.rollouts import undo_hints
from sre_agent.catalogue.said import Words, belief, of_speaker, pattern
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.world import Picture

INVALID = Words(
    "data_validation_failure",
    pattern(
        r"(?:data|input|payload|record|row|message|request|field|schema) ?validation (?:failed|error|failure)|\bvalidation failed: ?(?:field|value|property|attribute)|must be (?:greater|less|at least|at most|positive|between)\b.{0,60}\b(?:got|but was|received)\b|ValidationError|ValidationException",
        r"(?:violates|violated) (?:check|not-null|foreign key) constraint|ConstraintViolationException|\b23502\b|\b23503\b|\b23514\b",
        r"null value in column|cannot be null|Column '.{1,60}' cannot be null|Data truncated|Data too long for column|Incorrect (?:integer|datetime|string|decimal) value",
        r"invalid input syntax for|value too long for type|numeric field overflow|\b22P02\b|\b22001\b|out of range for (?:column|type)",
        r"(?:invalid|malformed|unparse?able|unexpected) (?:data|record|row|value|payload|date|number|enum)\b|could not (?:parse|convert) (?:value|record|row|date|number)",
        r"Document failed validation|null (?:percentage|ratio|rate) .{0,30}exceed|data quality check(?:s)? failed|expectation failed",
    ),
    "gets data that it refuses",
    weight=STRONG - SLIGHT,
)
MIGRATION = Words(
    "schema_migration_failure",
    pattern(
        r"(?:flyway|liquibase|alembic|goose|migrat\w+)\S* ?.{0,100}(?:fail\w*|error|exception|dirty|checksum mismatch|locked)",
        r"dirty database version|migration .{0,60}(?:failed|is missing|not applied|pending)|unapplied migration|pending migrations|FlywayValidateException",
        r"relation \"[^\"]+\" does not exist|column \S+ does not exist|\b42P01\b|\b42703\b",
        r"unknown column '|table '[^']+' doesn't exist|(?:error|errno|code:?) ?\(?(?:1054|1146)\b|no such (?:table|column)",
        r"ORA-00904|ORA-00942|invalid (?:column|object) name|schema version .{0,40}(?:mismatch|expected)|could not find (?:waiting )?change log lock",
    ),
    "and the database's schema do not fit: a migration failed or is missing",
)
DAMAGED = Words(
    "data_corruption",
    pattern(
        r"(?:data|file|page|block|index|record|table|segment|database|journal|snapshot)s? (?:is |are |was |has been )?(?:corrupt\w*|damaged)|corrupt(?:ed|ion)\b.{0,60}(?:data|page|block|index|record|table|file|detected)",
        r"checksum (?:mismatch|failed|verification failed|error|does not match)|CRC (?:mismatch|error|check failed)|bad checksum",
        r"invalid page in block|could not read block|\bXX00[12]\b|database disk image is malformed|marked as crashed",
        r"InnoDB: .{0,80}(?:corrupt|page \S+ log sequence)|WT_PANIC|WiredTiger error.{0,60}(?:corrupt|checksum)|UnexpectedEOF in WAL|bad magic number|truncated (?:file|record|log)",
    ),
    "finds data that is damaged",
    but=pattern(r"image|layer|download|package|migration|flyway|liquibase"),
)
TWICE = Words(
    "duplicate_processing",
    pattern(
        r"(?:already|twice) (?:been )?(?:processed|handled|charged|consumed|sent|executed)|processed (?:twice|more than once)",
        r"duplicate (?:message|event|order|payment|transaction|delivery|request|charge|record)s?\b|double (?:charge|processing|delivery)",
        r"idempoten(?:cy|t) .{0,40}(?:violation|conflict|already|duplicate)",
    ),
    "does the same work twice",
    weight=STRONG - SLIGHT,
)


SAME_KEY = Words(
    "duplicate_processing",
    pattern(
        r"duplicate key value violates unique constraint|\b23505\b|Duplicate entry '|(?:error|errno|code:?) ?\(?1062\b|E11000|UniqueConstraintViolation|ORA-00001",
    ),
    "writes the same thing twice",
    weight=SLIGHT,
)
"""Many programs write first and ask afterwards whether it was there: the key did its work."""


def _migration(picture: Picture) -> Iterable[Lead]:
    """The client whose code wants another schema, not the database that says so."""
    groups: dict[EntityRef, list[Heard]] = dict(by_speaker(MIGRATION.heard(picture)))
    clients = {ref: found for ref, found in groups.items() if not _is_database(found)}
    for ref, found in (clients or groups).items():
        workload = found[0][0].speaker.workload
        undo = undo_hints(picture, workload) if workload else {}
        yield Lead(
            cause="schema_migration_failure",
            entity=ref,
            weight=belief(found, STRONG) + (SLIGHT if undo else 0.0),
            statement=f"{ref} {MIGRATION.says}: {shortly(found[-1])}",
            citations=quotes(found),
            hints=undo,
        )


def _is_database(found: list[Heard]) -> bool:
    workload = found[0][0].speaker.workload
    return workload is not None and role_of(workload) is Role.DATABASE


def _damaged(picture: Picture) -> Iterable[Lead]:
    """The database whose data are damaged, where it says so or its client quotes it; else the one who reads them."""
    told = DAMAGED.heard(picture)
    owners = [one for one in blamed_for(picture, told, Role.DATABASE) if one.own_words]
    spoken = {id(saying) for one in owners for saying, _ in one.heard}
    for one in owners:
        yield _damage(one.ref, one.heard)
    for ref, found in by_speaker(one for one in told if id(one[0]) not in spoken).items():
        yield _damage(ref, found)


def _damage(ref: EntityRef, found: list[Heard]) -> Lead:
    return Lead(
        cause="data_corruption",
        entity=ref,
        weight=belief(found, STRONG),
        statement=f"{ref} {DAMAGED.says}: {shortly(found[-1])}",
        citations=quotes(found),
    )


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
ENTRIES = (
    Entry(
        Cause(
            code="data_validation_failure",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=_WORKLOADS,
            title="Data are refused",
            description="Data that come in, or are to be stored, break rules that the program or the database sets.",
            supports=("validation errors, violated constraints, values of the wrong type",),
            rules_out=("the shape of the message itself is unknown to the reader",),
            neighbours=(
                Neighbour("api_contract_mismatch", "fields or methods are unknown, whatever their values"),
                Neighbour("schema_migration_failure", "a table or column does not exist"),
                Neighbour("duplicate_processing", "the constraint that is violated is uniqueness"),
            ),
            remedies=("undo_rollout", "mend_data_by_hand"),
        ),
        of_speaker(INVALID),
    ),
    Entry(
        Cause(
            code="schema_migration_failure",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=_WORKLOADS,
            title="Code and database schema do not fit",
            description="A migration failed, was not run, or ran ahead of the code: tables or columns are missing.",
            supports=(
                "42P01, 42703, errors 1054 and 1146",
                "the migration tool says failed, dirty or pending",
            ),
            rules_out=("tables and columns are there",),
            neighbours=(
                Neighbour("data_validation_failure", "the columns are there, and refuse the values"),
                Neighbour("bad_deployment", "the release fails for a reason beside the schema"),
            ),
            remedies=("undo_rollout", "mend_migration_by_hand"),
        ),
        _migration,
    ),
    Entry(
        Cause(
            code="data_corruption",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=_WORKLOADS,
            title="Data are damaged",
            description="Stored data are damaged: checksums do not fit, pages or files cannot be read.",
            supports=("checksum mismatch, invalid page, 'marked as crashed'",),
            rules_out=("data can be read and are only wrong in meaning",),
            neighbours=(
                Neighbour("data_validation_failure", "data can be read and break a rule"),
                Neighbour("db_disk_full", "writes were cut short because the disk is full"),
            ),
            remedies=("restore_data_by_hand",),
        ),
        _damaged,
    ),
    Entry(
        Cause(
            code="duplicate_processing",
            layer=Layer.BUSINESS_LOGIC,
            entity_kinds=_WORKLOADS,
            title="The same work is done twice",
            description="A message, request or job is handled more than once: by redelivery, by retries, or by two workers.",
            supports=("violated unique constraints, 'already processed'",),
            rules_out=("each thing is handled once",),
            neighbours=(
                Neighbour("data_validation_failure", "a constraint other than uniqueness is violated"),
                Neighbour("retry_storm", "repetitions are many and overload the other side"),
            ),
            remedies=("undo_rollout", "mend_data_by_hand"),
        ),
        of_speaker(TWICE),
    ),
)
ALSO = (("duplicate_processing", of_speaker(SAME_KEY)),)
