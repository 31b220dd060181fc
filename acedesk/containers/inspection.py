"""Docker's answers in its own JSON, turned into values; nothing is asked."""

import datetime
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from acedesk.containers.image_command import ImageCommand
from acedesk.containers.runtime import (
    CONNECTED,
    DEFAULT_P2P_PORT,
    ContainerCounters,
    ContainerEvent,
    ContainerInfo,
)
from acedesk.errors import AceDeskError, ContainerError, RuntimeState, RuntimeUnavailable
from acedesk.model.host import Machine

# Operations that only read: doing them twice harms nothing, and if they take too long Docker hangs.
READING: Final = frozenset({"version", "inspect", "log"})

_FRACTION: Final = re.compile(r"\.(\d{1,6})\d*")

# Some images take the engine's arguments from a variable: CONF (AceServe's acestream-http-proxy),
# ACESTREAM_ARGS (jopsis/acestream).
_ARGUMENT_VARIABLES: Final = ("CONF", "ACESTREAM_ARGS")
_P2P_VARIABLE: Final = "P2P_PORT"
_P2P_ARGUMENT: Final = re.compile(r"(?:^|\s)--port[=\s]+([0-9]{1,5})(?=\s|$)")
_HIGHEST_PORT: Final = 65535
_OWNER: Final = "container:"
# Of so many lists one inspects everything: a network that is connected is no event of a container.
LISTS: Final = 10
# Events of containers that stay as they are: health checks are programs, and come all the time.
_NO_CHANGE: Final = ("exec_", "top", "attach", "detach", "export")


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
        addresses=_addresses(network),
        network_container=network_owner(raw),
        environment=_environment(config.get("Env"), keep),
        p2p_port=_p2p_port(config),
    )


def parse_machine(raw: Mapping[str, Any]) -> Machine:
    """Return the computer that `GET /version` tells of."""
    architecture, kernel = raw.get("Arch"), raw.get("KernelVersion")
    return Machine(
        architecture=architecture if isinstance(architecture, str) else "",
        kernel=kernel if isinstance(kernel, str) else "",
    )


def is_for_platform(raw: Mapping[str, Any], platform: str) -> bool:
    """Tell whether the image of `GET /images/{name}/json` is for a platform, if one is named.

    One that does not say what it is for is taken for what is wanted: Docker will tell.
    """
    made_for = Machine(architecture=str(raw.get("Architecture") or "")).platform
    return not platform or not made_for or made_for == platform


def parse_stats(raw: Mapping[str, Any], at: float) -> ContainerCounters:
    """Return what a line of `GET /containers/{id}/stats` told.

    Args:
        at: When it came, monotonic.

    Raises:
        ContainerError: It is an error: docker-py hands those on as well.
    """
    if "cpu_stats" not in raw:
        raise ContainerError("stats", "Docker tells nothing of this container")
    memory = _part(raw, "memory_stats")
    kept = _part(memory, "stats")
    # As `docker stats` counts: without the file cache, whose name differs by the kernel's cgroups.
    cache = _number(kept.get("inactive_file", kept.get("total_inactive_file")))
    networks = [one for one in _part(raw, "networks").values() if isinstance(one, Mapping)]
    disks = _part(raw, "blkio_stats").get("io_service_bytes_recursive")
    rows = [one for one in disks if isinstance(one, Mapping)] if isinstance(disks, list) else None
    return ContainerCounters(
        at=at,
        cpu=_number(_part(_part(raw, "cpu_stats"), "cpu_usage").get("total_usage")) / 1e9,
        memory=max(0, _number(memory.get("usage")) - cache),
        received=_sum(networks, "rx_bytes") if networks else None,
        sent=_sum(networks, "tx_bytes") if networks else None,
        read=_sum(_of_kind(rows, "read"), "value") if rows is not None else None,
        written=_sum(_of_kind(rows, "write"), "value") if rows is not None else None,
    )


def _of_kind(rows: list[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [row for row in rows if str(row.get("op")).lower() == kind]


def _sum(rows: list[Mapping[str, Any]], name: str) -> int:
    return sum(_number(row.get(name)) for row in rows)


def parse_command(raw: Mapping[str, Any]) -> ImageCommand:
    """Return what the image of `GET /images/{name}/json` starts."""
    config = _part(raw, "Config")
    return ImageCommand(
        entrypoint=_words(config.get("Entrypoint")), command=_words(config.get("Cmd"))
    )


def _words(value: object) -> tuple[str, ...]:
    """Return a command as words; a single text is one for a shell, as Docker takes it."""
    return ("/bin/sh", "-c", value) if isinstance(value, str) and value else tuple(_texts(value))


def network_owner(raw: Mapping[str, Any]) -> str:
    """Return the container whose network a container shares, "" when it shares none.

    It is named as in the network mode ("container:gluetun"): by its name, its id or part of it.
    """
    mode = str(_part(raw, "HostConfig").get("NetworkMode", ""))
    return mode.removeprefix(_OWNER) if mode.startswith(_OWNER) else ""


def has_host_network(raw: Mapping[str, Any]) -> bool:
    """Tell whether a container has the network of its host, and no address of its own."""
    return _part(raw, "HostConfig").get("NetworkMode") == "host"


def image_name(reference: str) -> str:
    """Return the last part of an image's repository: "gluetun" for "qmcgaw/gluetun:v3"."""
    return reference.partition("@")[0].rpartition("/")[2].partition(":")[0]


def ids_by_image(found: Iterable[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    """Return the ids of those of a list whose image has this name, running ones first."""
    fitting = [one for one in found if image_name(str(one.get("Image"))) == name]
    fitting.sort(key=lambda one: (one.get("State") != "running", str(one.get("Names"))))
    return tuple(str(one["Id"]) for one in fitting)


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


def parse_event(raw: Mapping[str, Any], labels: Mapping[str, str]) -> ContainerEvent:
    """Return one line of `GET /events`; containers with all `labels` are wanted.

    The labels of a container stand among the attributes of its events.
    """
    actor = _part(raw, "Actor")
    attributes = _part(actor, "Attributes")
    code = str(attributes.get("exitCode", ""))
    return ContainerEvent(
        action=str(raw.get("Action", "")),
        container_id=str(actor.get("ID", "")),
        name=str(attributes.get("name", "")),
        image=str(attributes.get("image", "")),
        exit_code=int(code) if code.isdecimal() else 0,
        wanted=labels.items() <= attributes.items(),
    )


def is_change(event: ContainerEvent) -> bool:
    """Tell whether the container is another one after the event; health checks are none."""
    return not event.action.startswith(_NO_CHANGE)


class SeenContainers:
    """Containers as they were inspected, for as long as the events that tell of changes are read.

    Attributes:
        changes: How many changes were told so far.
    """

    def __init__(self) -> None:
        self.changes = 0
        self._connected_at = 0
        self._changed_at: dict[str, int] = {}
        self._lists = 0
        self._labels: Sequence[str] | None = None
        self._infos: dict[str, ContainerInfo] = {}

    def of(self, labels: Sequence[str], states: Mapping[str, str]) -> dict[str, ContainerInfo]:
        """Return those with these labels that have not changed since, by id.

        Args:
            states: The words of a list of now, by id.
        """
        infos = self._infos if labels == self._labels else {}
        return {one: info for one, info in infos.items() if states.get(one) == info.status}

    def keep(self, labels: Sequence[str], found: Iterable[ContainerInfo], changes: int) -> None:
        """Keep what was found, but what changed since there were `changes`."""
        if labels != self._labels or self._connected_at > changes:
            return
        self._lists += 1
        everything = {} if self._lists % LISTS == 0 else {info.id: info for info in found}
        changed = {one: number for one, number in self._changed_at.items() if number > changes}
        self._changed_at = changed
        self._infos = {one: info for one, info in everything.items() if one not in changed}

    def note(self, labels: Sequence[str], event: ContainerEvent) -> None:
        """Take what the events with these labels tell."""
        self.changes += 1
        if event.action == CONNECTED:
            self._labels, self._infos, self._connected_at = labels, {}, self.changes
        else:
            self._infos.pop(event.container_id, None)
            self._changed_at[event.container_id] = self.changes

    def forget(self, labels: Sequence[str]) -> None:
        """Keep nothing: the events with these labels are not read any more."""
        if labels == self._labels:
            self._labels, self._infos = None, {}


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _health(health: Mapping[str, Any]) -> str:
    status = str(health.get("Status", ""))
    return "" if status == "none" else status


def _addresses(network: Mapping[str, Any]) -> dict[str, str]:
    """Return the address on each network; old versions tell that on the usual one beside them."""
    found = {
        str(name): str(one["IPAddress"])
        for name, one in _part(network, "Networks").items()
        if isinstance(one, Mapping) and one.get("IPAddress")
    }
    usual = str(network.get("IPAddress") or "")
    return found or ({"bridge": usual} if usual else {})


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


def too_slow(operation: str, seconds: float) -> AceDeskError:
    """Return the error of an operation that passed its deadline."""
    detail = f"Docker did not answer within {seconds:g} s"
    if operation in READING:
        return RuntimeUnavailable(RuntimeState.NOT_ANSWERING, detail)
    return ContainerError(operation, detail)
