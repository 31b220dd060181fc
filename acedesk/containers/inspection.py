"""Docker's answers in its own JSON, turned into values and plain sentences; nothing is asked."""

import datetime
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from acedesk.containers.runtime import ContainerEvent, ContainerInfo
from acedesk.errors import AceDeskError, ContainerError, RuntimeState, RuntimeUnavailable

# Operations that only read: doing them twice harms nothing, and if they take too long Docker hangs.
READING: Final = frozenset({"version", "inspect", "log"})

_LONGEST_DETAIL: Final = 300
_FRACTION: Final = re.compile(r"\.(\d{1,6})\d*")


def parse_container(raw: Mapping[str, Any], *, keep: Collection[str] = ()) -> ContainerInfo:
    """Return what `GET /containers/{id}/json` told.

    Args:
        keep: Names of environment variables to keep; all others are dropped here.
    """
    state, config = _part(raw, "State"), _part(raw, "Config")
    network = _part(raw, "NetworkSettings")
    mode = str(_part(raw, "HostConfig").get("NetworkMode", ""))
    health = state.get("Health")
    return ContainerInfo(
        id=str(raw.get("Id", "")),
        name=str(raw.get("Name", "")).lstrip("/"),
        image=str(config.get("Image", "")),
        running=state.get("Running") is True and state.get("Restarting") is not True,
        status=str(state.get("Status", "")),
        health=_health(health if isinstance(health, Mapping) else {}),
        exit_code=_number(state.get("ExitCode")),
        out_of_memory=state.get("OOMKilled") is True and state.get("Running") is not True,
        created_time=parse_time(str(raw.get("Created", ""))),
        started_time=parse_time(str(state.get("StartedAt", ""))),
        labels={str(key): str(value) for key, value in _part(config, "Labels").items()},
        published=_published(_part(network, "Ports")),
        address=_address(network),
        network_container=mode.removeprefix("container:") if mode.startswith("container:") else "",
        environment=_environment(config.get("Env"), keep),
    )


def parse_event(raw: Mapping[str, Any]) -> ContainerEvent:
    """Return one line of `GET /events`."""
    actor = _part(raw, "Actor")
    attributes = _part(actor, "Attributes")
    code = str(attributes.get("exitCode", ""))
    return ContainerEvent(
        action=str(raw.get("Action", "")),
        container_id=str(actor.get("ID", "")),
        name=str(attributes.get("name", "")),
        exit_code=int(code) if code.isdecimal() else 0,
    )


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _health(health: Mapping[str, Any]) -> str:
    status = str(health.get("Status", ""))
    return "" if status == "none" else status


def _address(network: Mapping[str, Any]) -> str:
    for one in _part(network, "Networks").values():
        if isinstance(one, Mapping) and one.get("IPAddress"):
            return str(one["IPAddress"])
    return str(network.get("IPAddress") or "")


def _published(ports: Mapping[str, Any]) -> dict[int, tuple[str, int]]:
    """Return host address and port by TCP port; IPv4 before IPv6 where both are published."""
    found: dict[int, tuple[str, int]] = {}
    for inside, bindings in ports.items():
        number, _, protocol = inside.partition("/")
        if protocol != "tcp" or not number.isdecimal() or not isinstance(bindings, list):
            continue
        pairs = [
            (str(one.get("HostIp") or "0.0.0.0"), int(one["HostPort"]))  # noqa: S104 - Docker's word
            for one in bindings
            if isinstance(one, Mapping) and str(one.get("HostPort", "")).isdecimal()
        ]
        if pairs:
            found[int(number)] = min(pairs, key=lambda pair: ":" in pair[0])
    return found


def _environment(lines: object, keep: Collection[str]) -> dict[str, str]:
    pairs = (str(line).partition("=") for line in lines) if isinstance(lines, list) else ()
    return {name: value for name, _, value in pairs if name in keep}


def parse_time(text: str) -> datetime.datetime | None:
    """Return Docker's time ("2026-01-01T12:00:00.123456789Z"), None for "never" and nonsense."""
    text = _FRACTION.sub(lambda found: f".{found[1]:0<6}", text.replace("Z", "+00:00"))
    try:
        time = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.tzinfo is None or time.year <= 1:
        return None
    return time.astimezone(datetime.UTC)


# What Docker's texts mean, first hit wins. The texts are those of Docker 20.10 to 28 and Podman.
_PLAIN: Final = (
    ("no matching manifest", "the image does not exist for this computer's processor"),
    ("does not match the specified platform", "the image is made for another processor"),
    ("exec format error", "the image is made for another processor"),
    ("no space left on device", "the disk is full"),
    ("manifest unknown", "the image was not found"),
    ("manifest for", "the image was not found"),
    ("pull access denied", "the image was not found, or it needs a login"),
    ("repository name must be lowercase", "the image name is not valid"),
    ("invalid reference format", "the image name is not valid"),
    ("unauthorized", "the registry asks for a login"),
    ("toomanyrequests", "the registry allows no more downloads for now"),
    ("no such host", "the registry cannot be reached"),
    ("i/o timeout", "the registry cannot be reached"),
    ("tls handshake timeout", "the registry cannot be reached"),
    ("network is unreachable", "the registry cannot be reached"),
    ("client.timeout exceeded", "the registry cannot be reached"),
    ("connection refused", "the registry cannot be reached"),
    ("no such image", "the image is not on this computer"),
    ("no such container", "the container does not exist"),
    ("is already in use by container", "a container of that name exists already"),
    ("port is already allocated", "the port is taken"),
    ("address already in use", "the port is taken"),
    ("executable file not found", "the image has no such program"),
)
NAME_TAKEN: Final = "a container of that name exists already"
PORT_TAKEN: Final = "the port is taken"


def plain_detail(text: str) -> str:
    """Return what went wrong as people say it, or Docker's first line where we do not know it."""
    lowered = text.lower()
    for sign, plain in _PLAIN:
        if sign in lowered:
            return plain
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first[:_LONGEST_DETAIL] or "Docker did not say why"


def too_slow(operation: str, seconds: float) -> AceDeskError:
    """Return the error of an operation that passed its deadline."""
    detail = f"Docker did not answer within {seconds:g} s"
    if operation in READING:
        return RuntimeUnavailable(RuntimeState.NOT_RUNNING, detail)
    return ContainerError(operation, detail)
