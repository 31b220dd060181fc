"""Docker's answers in its own JSON, turned into values and plain sentences; nothing is asked."""

import datetime
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from acedesk.containers.runtime import DEFAULT_P2P_PORT, ContainerEvent, ContainerInfo
from acedesk.errors import AceDeskError, ContainerError, RuntimeState, RuntimeUnavailable

# Operations that only read: doing them twice harms nothing, and if they take too long Docker hangs.
READING: Final = frozenset({"version", "inspect", "log"})

_LONGEST_DETAIL: Final = 300
_FRACTION: Final = re.compile(r"\.(\d{1,6})\d*")

# Some images take the engine's arguments from a variable: CONF (AceServe's acestream-http-proxy),
# ACESTREAM_ARGS (jopsis/acestream).
_ARGUMENT_VARIABLES: Final = ("CONF", "ACESTREAM_ARGS")
_P2P_VARIABLE: Final = "P2P_PORT"
_P2P_ARGUMENT: Final = re.compile(r"(?:^|\s)--port[=\s]+([0-9]{1,5})(?=\s|$)")
_HIGHEST_PORT: Final = 65535
_OWNER: Final = "container:"


def parse_container(raw: Mapping[str, Any], *, keep: Collection[str] = ()) -> ContainerInfo:
    """Return what `GET /containers/{id}/json` told.

    Args:
        keep: Names of environment variables to keep; all others are dropped here.
    """
    state, config = _part(raw, "State"), _part(raw, "Config")
    network = _part(raw, "NetworkSettings")
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
        network_container=network_owner(raw),
        environment=_environment(config.get("Env"), keep),
        p2p_port=_p2p_port(config),
    )


def network_owner(raw: Mapping[str, Any]) -> str:
    """Return the container whose network a container shares, "" when it shares none.

    It is named as in the network mode ("container:gluetun"): by its name, its id or part of it.
    """
    mode = str(_part(raw, "HostConfig").get("NetworkMode", ""))
    return mode.removeprefix(_OWNER) if mode.startswith(_OWNER) else ""


def image_name(reference: str) -> str:
    """Return the last part of an image's repository: "gluetun" for "qmcgaw/gluetun:v3"."""
    return reference.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _p2p_port(config: Mapping[str, Any]) -> int:
    """Return where an engine in the container listens for peers.

    The last `--port` of its command counts, then one in a variable with arguments, then P2P_PORT.
    """
    variables = _environment(config.get("Env"), (*_ARGUMENT_VARIABLES, _P2P_VARIABLE))
    command = [*_texts(config.get("Entrypoint")), *_texts(config.get("Cmd"))]
    lines = [variables.get(name, "") for name in _ARGUMENT_VARIABLES]
    for text in (" ".join(command), *lines):
        ports = [port for port in map(int, _P2P_ARGUMENT.findall(text)) if _is_port(port)]
        if ports:
            return ports[-1]
    told = variables.get(_P2P_VARIABLE, "").strip()
    number = int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 0
    return number if _is_port(number) else DEFAULT_P2P_PORT


def _is_port(number: int) -> bool:
    return 0 < number <= _HIGHEST_PORT


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


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
        return RuntimeUnavailable(RuntimeState.NOT_ANSWERING, detail)
    return ContainerError(operation, detail)
