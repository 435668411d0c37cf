"""Two sides that no longer agree: about an interface, about a credential, or about which of its versions holds."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sre_agent.catalogue.addresses import addresses_in, workload_at
from sre_agent.catalogue.cause import FAIR, SLIGHT, STRONG, Cause, Entry, Lead, Neighbour
from sre_agent.catalogue.families.database_access import REFUSED_LOGIN
from sre_agent.catalogue.hearing import Heard, by_speaker, heard, quotes, shortened, shortly
from sre_agent.catalogue.recent import BEFORE, quote_change
from sre_agent.catalogue.rollouts import CLOCKS, began_before_onset, latest_rollout, undo_hints
from sre_agent.catalogue.said import Words, belief, of_speaker, pattern
from sre_agent.catalogue.secrets import changed_secret
from sre_agent.domain.diagnosis import Layer
from sre_agent.domain.entity import EntityRef
from sre_agent.picture.objects import Obj
from sre_agent.picture.world import ChangeSeen, Picture

CONTRACT = Words(
    "api_contract_mismatch",
    pattern(
        r"\bUNIMPLEMENTED\b|code = Unimplemented|unknown (?:service|method) [\w.]+|method not found:? [\w./]+",
        r"UnrecognizedPropertyException|unrecognized field|unknown field \"?\w+|unexpected (?:field|property)|additional propert(?:y|ies) .{0,30}not allowed",
        r"cannot (?:de)?serialize|(?:de)?serializ\w+ (?:error|failed|exception)|MismatchedInputException|JsonMappingException|InvalidFormatException",
        r"JsonException.{0,80}could not be converted|JSON value could not be converted|JSONDecodeError|KeyError.{0,40}(?:response|payload)",
        r"json: cannot unmarshal|cannot unmarshal \w+ into|proto(?:buf)?: .{0,60}(?:wire type|cannot parse|mismatch)|invalid wire type",
        r"missing required (?:field|property|parameter)|required (?:field|property|parameter) .{0,40}(?:missing|absent|not (?:present|provided))",
        r"schema (?:mismatch|validation failed)|response (?:does not match|violates) .{0,30}(?:schema|contract)|incompatible (?:schema|api version)",
        r"unsupported (?:api )?version|api version .{0,30}(?:not supported|removed|deprecated and removed)|(?:status|code)\D{0,8}(?:415|405|422)\b",
        r"IncompatibleClassChange|AvroTypeException|SchemaRegistry.{0,40}(?:incompatible|not found)",
    ),
    "and the service it calls no longer agree about their interface",
    but=pattern(r"config(?:uration)? file|yaml|environment variable|command line|flag provided|health"),
)
EXPIRED = Words(
    "expired_credentials",
    pattern(
        r"(?:token|credential|password|api[ -]?key|secret|session|license|certificate|cert)s? (?:has |have |is |are |was )?(?:been )?(?:already )?expired\b",
        r"ExpiredToken\w*|TokenExpiredError|jwt expired|ExpiredSignature\w*|SignatureExpired|CredentialsExpired\w*|ExpiredCert\w*",
        r"token (?:included in the request )?is expired|security token included in the request is expired|account password (?:has )?expired|ORA-28001",
        r"expired (?:access |auth\w* |client |ssl |tls )?(?:token|credential|certificate|key|password)",
        r"invalid_grant|AADSTS7000222|certificate has expired or is not yet valid",
    ),
    "uses a credential that has expired",
)
REFUSED_IDENTITY = pattern(
    r"(?:401|403)\b.{0,60}(?:unauthori[sz]ed|forbidden|invalid|token|key|credential)",
    r"\bunauthori[sz]ed\b|UNAUTHENTICATED|code = Unauthenticated|invalid (?:api[ -]?key|token|credentials|signature|client secret)",
    r"signature (?:does not match|verification failed|mismatch)|SignatureDoesNotMatch|InvalidClientTokenId|bad credentials|invalid_client",
    r"SignatureKeyNotFound|IDX1050[013]\b|\bkid\b.{0,40}(?:not (?:found|match)|unknown|matching any)|(?:unknown|no matching|unable to find) (?:kid|signing key|jwk)",
)


def _contract(picture: Picture) -> Iterable[Lead]:
    for ref, found in by_speaker(CONTRACT.heard(picture)).items():
        own = found[0][0].speaker.workload
        callee = _named(picture, found, own)
        changed = next((one for one in (callee, own) if one is not None and _released(picture, one)), None)
        entity = changed.ref if changed else ref
        other = f" (it calls {callee.ref})" if callee else ""
        released = f"; {entity} was released shortly before" if changed else ""
        yield Lead(
            cause="api_contract_mismatch",
            entity=entity,
            weight=belief(found, STRONG - SLIGHT) + (SLIGHT if changed else 0.0),
            statement=f"{ref} {CONTRACT.says}{other}{released}: {shortly(found[-1])}",
            citations=quotes(found),
            hints=undo_hints(picture, changed) if changed else {},
        )


def _named(picture: Picture, found: list[Heard], own: Obj | None) -> Obj | None:
    """The workload that the complaints name, or the only one that it calls."""
    for saying, _ in found:
        for address in addresses_in(saying.text):
            workload = workload_at(picture, address.host, saying.speaker.namespace)
            if workload is not None and workload is not own:
                return workload
    called = picture.calls.get(own.name, ()) if own else ()
    return workload_at(picture, called[0], own.namespace) if own and len(called) == 1 else None


def _released(picture: Picture, workload: Obj) -> bool:
    rollout = latest_rollout(picture, workload)
    return rollout is not None and began_before_onset(picture, rollout.at)


_ROTATED = pattern(
    r"\b(?:key|secret|password|credential|certificate)s? (?:was|were|has been|have been|is|are) rotated|rotated (?:key|secret|password)",
    r"SignatureKeyNotFound|\bkid\b.{0,40}(?:not (?:found|match)|unknown|matching any)|(?:unknown|no matching|unable to find) (?:kid|signing key|jwk)",
)


def _said_rotated(found: list[Heard]) -> Lead:
    """The words of the refusal name the rotation themselves; when the Secret was written, nobody recorded."""
    ref = found[-1][0].speaker.ref
    words = f"{ref} still uses what was rotated away: {shortly(found[-1])}"
    return Lead("secret_rotation_mismatch", ref, belief(found, STRONG), words, quotes(found))


ROTATION = re.compile(
    r"\b(?:rotat\w+|renew\w*|chang\w+|reset\w*|new)\b.{0,40}\b(?:passwords?|credentials?|secrets?|api[ -]?keys?|signing keys?)\b",
    re.I,
)


def _rotation(picture: Picture) -> ChangeSeen | None:
    """A change shortly before it began that says of itself that a secret was rotated."""
    near = [
        seen
        for seen in picture.changes
        if picture.onset - BEFORE <= seen.change.at <= picture.onset + CLOCKS
        and ROTATION.search(seen.change.title)
    ]
    return near[-1] if near else None


def _after_rotation(ref: EntityRef, found: list[Heard], seen: ChangeSeen) -> Lead:
    words = f"{ref} is refused since '{shortened(seen.change.title, 80)}': {shortly(found[-1])}"
    cited = (quote_change(seen), *quotes(found, 2))
    return Lead("secret_rotation_mismatch", ref, belief(found, STRONG + FAIR + SLIGHT), words, cited)


def _rotated(picture: Picture) -> Iterable[Lead]:
    """Refused although nothing of the workload changed, and its Secret was written after its pods had read it."""
    told = [*heard(picture, REFUSED_LOGIN), *heard(picture, REFUSED_IDENTITY)]
    for ref, found in by_speaker(told).items():
        workload = found[0][0].speaker.workload
        changed = changed_secret(picture, workload) if workload else None
        if changed is None:
            if seen := _rotation(picture):
                yield _after_rotation(ref, found, seen)
            elif any(_ROTATED.search(one[0].text) for one in found):
                yield _said_rotated(found)
            continue
        yield Lead(
            cause="secret_rotation_mismatch",
            entity=ref,
            weight=belief(found, STRONG + FAIR),
            statement=f"{ref} still uses what Secret {changed.secret.name} held before it was written at {changed.at:%Y-%m-%d %H:%M:%S}; "
            f"the other side refuses it: {shortly(found[-1])}",
            citations=(changed.citation, *quotes(found, 2)),
            hints={"secret": changed.secret.name},
        )


_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
ENTRIES = (
    Entry(
        Cause(
            code="api_contract_mismatch",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="Two services no longer agree about their interface",
            description="A caller and what it calls differ about methods, fields or versions, usually since one of them was released.",
            supports=(
                "UNIMPLEMENTED, unknown fields, messages that cannot be read",
                "one side was released shortly before",
            ),
            rules_out=("messages are read, and their values are wrong",),
            neighbours=(
                Neighbour("data_validation_failure", "the shape is right and the values are not"),
                Neighbour("bad_deployment", "the release fails by itself, without another side"),
                Neighbour("gateway_misroute", "the request reaches a service that never had that interface"),
            ),
            remedies=("undo_rollout", "agree_on_interface_by_hand"),
        ),
        _contract,
    ),
    Entry(
        Cause(
            code="expired_credentials",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="A credential of the workload has expired",
            description="A token, key, password or certificate that the workload uses ran out of its time.",
            supports=("the other side, or the workload itself, says that it is expired",),
            rules_out=("the credential is refused as wrong, not as expired",),
            neighbours=(
                Neighbour(
                    "secret_rotation_mismatch", "a newer credential exists, and the workload has not read it"
                ),
                Neighbour(
                    "tls_certificate_invalid", "it is the front door's certificate, which clients refuse"
                ),
                Neighbour("certificate_expired", "it is a certificate of the control plane or a kubelet"),
                Neighbour("mysql_invalid_credentials", "the database refuses them as wrong"),
            ),
            remedies=("renew_credential_by_hand",),
        ),
        of_speaker(EXPIRED),
    ),
    Entry(
        Cause(
            code="secret_rotation_mismatch",
            layer=Layer.INTEGRATION,
            entity_kinds=_WORKLOADS,
            title="The workload still uses the secret from before its rotation",
            description="A Secret was changed after the workload's pods had read it, and the other side accepts only one of both values.",
            supports=("the Secret was written after the pods started, and logins are refused since",),
            rules_out=("the pods started after the Secret was written",),
            neighbours=(
                Neighbour(
                    "mysql_invalid_credentials", "the Secret is as old as the pods, and its value is wrong"
                ),
                Neighbour("expired_credentials", "the refusal says expired, and no newer one exists"),
            ),
            remedies=("restart_workload", "put_credentials_right_by_hand"),
        ),
        _rotated,
    ),
)
