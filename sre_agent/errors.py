"""Every failure of the product in one tree; the type alone says whether trying again can help.

SreAgentError
├── SettingError            a setting is wrong: the start stops
├── Retryable               the same call may succeed later
│   ├── ToolUnavailable     the tool server is down, or died in mid-call
│   ├── ToolTimeout         it did not answer in time
│   ├── ProviderUnavailable the identity provider cannot be asked
│   ├── NotDelivered        a message to people outside did not arrive
│   ├── StoreBusy           the database is locked or overloaded
│   ├── StoreUnavailable    disk full, read-only, damaged: works again when somebody mended it
│   ├── RunnerStopped       the runner's process ended: it is started again
│   └── IntakeFull          more alerts at once than can be filed: send them again
├── Permanent               the same call will fail again
│   ├── ToolFailed          the tool answered with an error (`code` says which)
│   ├── ToolNotConfigured   no such system is set up here
│   ├── ToolNotAllowed      the tool is not on this worker's belt
│   ├── GrantRefused        a write was refused for want of a valid grant
│   ├── GroundMoved         the object is not as it was when the plan was made
│   ├── BadInput            somebody sent something malformed (`field` says where)
│   │   └── Unreadable      … so malformed that it has no fields
│   ├── NotFound            no such incident, plan, evidence …
│   ├── IdentityRefused     what an identity provider says of somebody is not to be taken, or gives no role
│   ├── NotAllowed          the caller's role does not allow it
│   └── Conflict            the request no longer fits the present state
└── LeaseLost               another runner holds this incident now: stop at once
"""

from __future__ import annotations

from collections.abc import Sequence


class SreAgentError(Exception):
    """Root of the tree. The message says what was expected, what was found, and what to do next."""


class SettingError(SreAgentError):
    """A setting is missing or wrong."""

    def __init__(self, name: str, found: str, expected: str) -> None:
        super().__init__(f"setting {name} is {found}; it should be {expected}")
        self.name = name


class Retryable(SreAgentError):
    """The same call may succeed later."""


class ToolUnavailable(Retryable):
    """A tool server is down, restarting, or died in the middle of a call."""


class ToolTimeout(Retryable):
    """A tool did not answer within its time limit."""


class NotDelivered(Retryable):
    """A message to people outside did not arrive; `after_seconds` is how long the other side asks us to wait.

    `status` is what it answered; 0 where it did not answer.
    """

    def __init__(self, message: str, *, after_seconds: float = 0.0, status: int = 0) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds
        self.status = status


class ProviderUnavailable(Retryable):
    """The identity provider could not be reached, or answered with nonsense."""


class StoreBusy(Retryable):
    """The database is locked or overloaded."""


class StoreUnavailable(Retryable):
    """The database cannot be used until somebody mends it; the message says what to do."""


class RunnerStopped(Retryable):
    """The runner's own process ended; it is started again, and its jobs go on where they were."""


class IntakeFull(Retryable):
    """More deliveries at once than can be filed in good time; nothing of this one was kept."""


class Permanent(SreAgentError):
    """The same call will fail again until somebody changes something."""


class ToolFailed(Permanent):
    """A tool answered with an error of its own."""

    def __init__(self, message: str, *, code: str = "upstream_error", try_next: str = "") -> None:
        super().__init__(f"{message}. {try_next}" if try_next else message)
        self.code = code
        self.try_next = try_next


class ToolNotConfigured(Permanent):
    """The system behind this tool is not set up on this installation."""


class ToolNotAllowed(Permanent):
    """A worker reached for a tool that agent_config.yaml does not give it; nothing left the process."""


class GrantRefused(Permanent):
    """A tool server refused a write because its grant was absent, wrong, expired or used."""


class IdentityRefused(Permanent):
    """An identity provider's word about somebody is not good, or gives them no role here."""


class GroundMoved(Permanent):
    """The target changed since the plan was made; nothing was written."""


class BadInput(Permanent):
    """A request is malformed; `field` is the path of what is wrong, `faults` all that was found (field, message)."""

    def __init__(self, message: str, *, field: str = "", faults: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.faults = tuple(faults) or ((field, message),)


class Unreadable(BadInput):
    """The body is not JSON at all."""


class NotFound(Permanent):
    """The thing named does not exist."""


class NotAllowed(Permanent):
    """The caller is known, but may not do this."""


class Conflict(Permanent):
    """The request does not fit the present state."""


class LeaseLost(SreAgentError):
    """Another runner holds this incident now; whoever sees this stops without writing."""


class IncidentEnded(SreAgentError):
    """The incident has its final status already; the run stops between two nodes."""
