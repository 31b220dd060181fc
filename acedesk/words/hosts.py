"""What is said of Dockers of other computers. Pure."""

from typing import Final

from acedesk.errors import RuntimeState, RuntimeUnavailable
from acedesk.model.snapshot import HostView
from acedesk.words import numbers
from acedesk.words.errors import Explanation, explain

_STOPPED: Final = frozenset(
    {
        RuntimeState.NOT_RUNNING,
        RuntimeState.HOST_DOCKER_STOPPED,
        RuntimeState.PODMAN_STOPPED,
        RuntimeState.PODMAN_MACHINE,
    }
)
_AWAY: Final = frozenset({RuntimeState.HOST_AWAY, RuntimeState.NOT_ANSWERING})


def host_state(host: HostView) -> tuple[str, str, str]:
    """Return the word, tone and shape for a host."""
    if host.waiting:
        return "After a restart", "idle", "hollow"
    match host.runtime.state:
        case None:
            return "Looking", "working", "ring"
        case RuntimeState.READY:
            return "Ready", "good", "dot"
        case state if state in _AWAY:
            return "Away", "bad", "cross"
        case state if state in _STOPPED:
            return "Stopped", "bad", "cross"
        case _:
            return "Not usable", "bad", "cross"


def host_trouble(host: HostView) -> Explanation | None:
    """Return why a host cannot be used, None while it can or nothing is known."""
    state = host.runtime.state
    if host.waiting or state is None or state is RuntimeState.READY:
        return None
    return explain(RuntimeUnavailable(state, host.runtime.detail, target=host.runtime.target))


def host_engines(host: HostView, engines: int) -> str:
    """Return how many engines a host has: "2 of 4 engines".

    Args:
        engines: How many it has now.
    """
    return f"{engines} of {host.limit} engines" if host.limit else numbers.count(engines, "engine")


def host_place(host: HostView) -> str:
    """Return what it is and how its engines are reached: "Docker 28.1 · reached at 10.0.0.1"."""
    if host.swarm:
        return f"{kind(host)} · engines on its nodes"
    return f"{kind(host)} · reached {host.reach}" if host.reach else kind(host)


def kind(host: HostView) -> str:
    """Return what kind of Docker it is, with its version where that is known."""
    version = host.runtime.detail if host.runtime.state is RuntimeState.READY else ""
    name = "Swarm" if host.swarm else "Podman" if "podman" in host.address.lower() else "Docker"
    return f"{name} {version}".strip()
