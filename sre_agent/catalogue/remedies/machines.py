"""Remedies for nodes and the control plane: what only a person with access to the machine can do, in exact words."""

from __future__ import annotations

from sre_agent.catalogue.remedy import Drafts, Means, Remedy, Unfit, hint, manual
from sre_agent.domain.diagnosis import Hypothesis

_UNITS = {
    "kubelet_unavailable": "kubelet",
    "containerd_unavailable": "containerd",
    "kube_proxy_unavailable": "kube-proxy",
}


def _restart_unit(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    unit = _UNITS.get(hypothesis.cause)
    if unit is None:
        return Unfit("the unit that is down is not known")
    node = hypothesis.entity.name
    return manual(
        hypothesis.entity,
        f"On node {node}: systemctl status {unit}; journalctl -u {unit} -n 100 tells why it stopped.",
        f"Start it: systemctl restart {unit} (where it runs as a pod: kubectl -n kube-system delete its pod on {node}). Undo: systemctl stop {unit}.",
        f"Check: systemctl is-active {unit}; kubectl get node {node} says Ready.",
    )


def _restart_component(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    component = hint(hypothesis, "component") or "the component"
    node = hint(hypothesis, "node") or "each control-plane node"
    return manual(
        hypothesis.entity,
        f"See why {component} does not work: kubectl -n kube-system logs {component}-{node} --previous, or crictl ps -a on {node}.",
        f"Mend what it complains of in /etc/kubernetes/manifests/{component}.yaml (or its unit); the kubelet starts it anew. Undo: the manifest as it was.",
        "Check: kubectl get --raw='/readyz?verbose' and kubectl -n kube-system get pods are well.",
    )


def _relieve_node(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    node, what = hypothesis.entity.name, hint(hypothesis, "what") or "what it lacks"
    return manual(
        hypothesis.entity,
        f"Find who uses up {what} on {node}: kubectl describe node {node}; kubectl get pods -A --field-selector spec.nodeName={node}; df -h, ps on the node.",
        f"Free it (unused images: crictl rmi --prune; old logs), or bound the greedy pod's limits. Check: the condition of {node} is False again.",
    )


def _look_at_network(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    node = hypothesis.entity.name
    return manual(
        hypothesis.entity,
        f"On {node}: ip -s link; ethtool -S; tc qdisc show; nstat -az TcpRetransSegs: find the interface that delays or loses.",
        f"Take away what hinders it (a leftover tc rule, a bad cable or driver), or move the pods away: kubectl cordon {node}. Undo: kubectl uncordon {node}.",
        "Check: latency and retransmissions of its pods are as those of other nodes.",
    )


def _set_clock(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    node = hypothesis.entity.name
    return manual(
        hypothesis.entity,
        f"On {node}: timedatectl; chronyc tracking (or ntpq -p) shows how far off it is and why.",
        f"Start time synchronisation again: systemctl restart chronyd. Check: the offset of {node} is below 50 ms.",
    )


def _restart_network_plugin(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    node = hypothesis.entity.name
    return manual(
        hypothesis.entity,
        f"See the network plugin's pod on {node} and its log: kubectl get pods -A --field-selector spec.nodeName={node}; ls /etc/cni/net.d on the node.",
        "Restart that pod, or put its configuration back; for exhausted ranges, give the node a larger pod CIDR or free leaked addresses in /var/lib/cni.",
        f"Check: new pods on {node} get an address.",
    )


def _mend_dns(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return manual(
        hypothesis.entity,
        "kubectl -n kube-system get pods,endpoints -l k8s-app=kube-dns; kubectl -n kube-system logs -l k8s-app=kube-dns tell what ails it.",
        "Bring its replicas back or add some: kubectl -n kube-system scale deployment/coredns --replicas=N; put a broken Corefile back. Undo: the former number, the former Corefile.",
        "Check: nslookup kubernetes.default from a pod answers.",
    )


def _mend_webhook(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    webhook = hint(hypothesis, "webhook") or "the webhook"
    service = hint(hypothesis, "service")
    return manual(
        hypothesis.entity,
        f"Bring the server of {webhook} back{f' (Service {service})' if service else ''}: see its pods, endpoints and certificate.",
        f"If it cannot be brought back soon: set failurePolicy: Ignore in the configuration that names {webhook} (kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations). Undo: failurePolicy: Fail.",
        "Check: new pods are made again.",
    )


def _renew_cluster_certificates(hypothesis: Hypothesis, means: Means) -> Drafts | Unfit:
    return manual(
        hypothesis.entity,
        "On each control-plane node: kubeadm certs check-expiration; for a kubelet: openssl x509 -in /var/lib/kubelet/pki/kubelet-client-current.pem -noout -enddate.",
        "Renew: kubeadm certs renew all, then restart the control-plane pods and the kubelet. Keep a copy of /etc/kubernetes/pki before (the undo).",
        "Check: kubectl get nodes works, and no further x509 errors are logged.",
    )


REMEDIES = (
    Remedy("restart_unit_by_hand", "A person restarts the node's service", _restart_unit),
    Remedy("restart_component_by_hand", "A person mends the control-plane component", _restart_component),
    Remedy("relieve_node_by_hand", "A person frees what the node lacks", _relieve_node),
    Remedy("look_at_network_by_hand", "A person looks at the node's network", _look_at_network),
    Remedy("set_clock_by_hand", "A person sets the node's clock", _set_clock),
    Remedy("restart_network_plugin_by_hand", "A person mends the network plugin", _restart_network_plugin),
    Remedy("mend_dns_by_hand", "A person mends cluster DNS", _mend_dns),
    Remedy("mend_webhook_by_hand", "A person brings the webhook back", _mend_webhook),
    Remedy(
        "renew_cluster_certificates_by_hand",
        "A person renews the cluster's certificates",
        _renew_cluster_certificates,
    ),
)
