"""Remedies for images that cannot be pulled: mostly words for a person, for credentials and networks are theirs."""

from __future__ import annotations

from sre_agent.catalogue.remedies.placement import kubectl, patch
from sre_agent.catalogue.remedy import Drafts, Means, Remedy, Unfit, hint, manual
from sre_agent.domain.diagnosis import Hypothesis

PULLED = "Check: kubectl get pods shows it Running, and no further pull errors among its events."


def _create_pull_secret(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, registry = hypothesis.entity, hint(hypothesis, "registry")
    name = hint(hypothesis, "secret") or "registry-credentials"
    words = [
        f"Make the pull secret: kubectl -n {entity.namespace} create secret docker-registry {name} "
        f"--docker-server={registry} --docker-username=… --docker-password=…. Undo: delete it."
    ]
    if not hint(hypothesis, "secret"):
        words.append(
            f"Let {entity} use it: {patch(entity, 'imagePullSecrets', [{'name': name}])}. Undo: kubectl rollout undo."
        )
    return manual(entity, *words, f"Restart it: {kubectl(entity, 'rollout restart')}. {PULLED}")


def _reach_registry(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, registry = hypothesis.entity, hint(hypothesis, "registry")
    return manual(
        entity,
        f"See from the node whether {registry} resolves and answers: nslookup {registry}; curl -sI https://{registry}/v2/. A misspelt host is put right in the image's name.",
        f"Until it does, serve the image from a registry or mirror that answers, or log in for a higher rate. {PULLED}",
    )


def _build_for_platform(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    entity, arch = hypothesis.entity, hint(hypothesis, "architecture")
    image = hint(hypothesis, "image")
    return manual(
        entity,
        f"Build {image} for the nodes' platform too: docker buildx build --platform linux/{arch or 'ARCH'} --push …. {PULLED}",
        f"Or place {entity} on nodes of the image's platform: {patch(entity, 'nodeSelector', {'kubernetes.io/arch': 'ARCH'})}. Undo: kubectl rollout undo.",
    )


REMEDIES = (
    Remedy("create_pull_secret_by_hand", "A person makes the pull secret", _create_pull_secret),
    Remedy("reach_registry_by_hand", "A person makes the registry reachable", _reach_registry),
    Remedy("build_for_platform_by_hand", "A person builds for the platform", _build_for_platform),
)
