"""Every time constant of the control plane and the kubelets, so that a lab can run faster than life."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Seconds. The defaults are Kubernetes' own."""

    crash_backoff_base: float = 10.0
    crash_backoff_max: float = 300.0
    crash_backoff_reset: float = 600.0
    """A container that ran this long starts again without waiting."""
    image_backoff_base: float = 10.0
    image_backoff_max: float = 300.0
    backoff_report_period: float = 10.0
    """How often a kubelet looks again at a pod it cannot get forward, and says so in an event."""
    volume_retry_base: float = 0.5
    volume_retry_max: float = 122.0
    memory_check_period: float = 1.0
    """How often a container's working set is held against its limit; the kernel does it at once."""
    lease_duration: float = 40.0
    lease_renew_period: float = 10.0
    node_status_period: float = 300.0
    """A kubelet repeats an unchanged node status this often."""
    node_monitor_period: float = 5.0
    node_grace: float = 40.0
    """A node whose lease is older is NotReady."""
    default_toleration_seconds: int = 300
    """How long a pod stays on a node that is not ready or unreachable, if it says nothing itself."""
    scheduler_retry_base: float = 1.0
    scheduler_flush: float = 300.0
    """A pod that fits nowhere is tried again this often even when nothing changed."""
    controller_retry_base: float = 0.005
    controller_retry_max: float = 1000.0
    event_time_to_live: float = 3600.0
    event_refill_seconds: float = 300.0
    """After a burst of 25 events about one object, a component may write one each this often."""
    manifest_second: float = 1.0
    """How long one second written in a manifest lasts: probe periods, deadlines, graces; never timeouts."""
    bookmark_period: float = 60.0
    watch_timeout: float = 1800.0
    """A watch that names no timeout ends after this."""

    @classmethod
    def lab(cls) -> Pace:
        """Fast enough to watch: a crash loop shows in seconds, a dead node in four."""
        return cls(
            crash_backoff_base=1.0,
            crash_backoff_max=5.0,
            crash_backoff_reset=60.0,
            image_backoff_base=1.0,
            image_backoff_max=5.0,
            backoff_report_period=3.0,
            volume_retry_max=4.0,
            memory_check_period=0.25,
            lease_duration=4.0,
            lease_renew_period=1.0,
            node_monitor_period=0.5,
            node_grace=4.0,
            scheduler_flush=30.0,
            controller_retry_max=5.0,
            event_refill_seconds=1.0,
        )
