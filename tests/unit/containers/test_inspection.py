"""Docker's own JSON and texts, as values and plain sentences."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.containers.inspection import (
    LISTS,
    SeenContainers,
    image_name,
    is_change,
    is_for_platform,
    network_owner,
    parse_command,
    parse_container,
    parse_event,
    parse_machine,
    parse_stats,
    parse_time,
    too_slow,
)
from acedesk.containers.runtime import (
    CONNECTED,
    ContainerCounters,
    ContainerEvent,
    ContainerInfo,
)
from acedesk.errors import ContainerError, RuntimeState, RuntimeUnavailable

RAW = {
    "Id": "ab" * 32,
    "Name": "/gluetun",
    "Created": "2026-01-01T03:04:05Z",
    "State": {
        "Status": "running",
        "Running": True,
        "ExitCode": 0,
        "StartedAt": "2026-01-02T03:04:05.123456789Z",
        "Health": {"Status": "healthy", "Log": []},
    },
    "Config": {
        "Image": "qmcgaw/gluetun",
        "Labels": {"a": "b"},
        "Env": ["VPN_SERVICE_PROVIDER=mullvad", "WIREGUARD_PRIVATE_KEY=secret", "ODD"],
    },
    "HostConfig": {"NetworkMode": "bridge"},
    "NetworkSettings": {
        "Ports": {
            "8000/tcp": [
                {"HostIp": "::", "HostPort": "9000"},
                {"HostIp": "0.0.0.0", "HostPort": "9000"},
            ],
            "8888/tcp": None,
            "8388/udp": [{"HostIp": "0.0.0.0", "HostPort": "8388"}],
        },
        "Networks": {"bridge": {"IPAddress": "172.17.0.2"}},
    },
}


def test_a_container_is_read() -> None:
    info = parse_container(RAW, keep=["VPN_SERVICE_PROVIDER"])

    assert (info.name, info.image, info.running) == ("gluetun", "qmcgaw/gluetun", True)
    assert (info.health, info.labels) == ("healthy", {"a": "b"})
    assert info.addresses == {"bridge": "172.17.0.2"}
    assert info.published == {8000: ("0.0.0.0", 9000)}
    assert info.created_time == datetime.datetime(2026, 1, 1, 3, 4, 5, tzinfo=datetime.UTC)
    assert info.started_time == datetime.datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=datetime.UTC)
    assert info.environment == {"VPN_SERVICE_PROVIDER": "mullvad"}


def test_secrets_are_dropped() -> None:
    assert "secret" not in repr(parse_container(RAW))


def test_a_shared_network_is_named() -> None:
    info = parse_container({"HostConfig": {"NetworkMode": "container:abc"}})
    assert info.network_container == "abc"
    assert network_owner({"HostConfig": {"NetworkMode": "host"}}) == ""


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("gluetun", "gluetun"),
        ("qmcgaw/gluetun:v3.39", "gluetun"),
        ("127.0.0.1:5000/mirror/gluetun", "gluetun"),
        ("qmcgaw/gluetun:v3@sha256:" + "ab" * 32, "gluetun"),
        ("ghcr.io/csmarshall/gluetun-monitor:2", "gluetun-monitor"),
        ("gluetun/helper", "helper"),
        ("sha256:" + "ab" * 32, "sha256"),
        ("", ""),
    ],
)
def test_an_image_has_the_name_of_its_repositorys_last_part(reference: str, name: str) -> None:
    assert image_name(reference) == name


@pytest.mark.parametrize(
    ("config", "port"),
    [
        ({}, 8621),
        ({"Entrypoint": ["/start-engine"], "Cmd": ["--client-console"]}, 8621),
        ({"Cmd": ["--bind-all", "--port", "51234"]}, 51234),
        ({"Cmd": ["--port=51234"]}, 51234),
        ({"Entrypoint": ["/engine", "--port", "1"], "Cmd": ["--port", "2"]}, 2),
        ({"Cmd": ["sh", "-c", "exec /engine --port 51234 --bind-all"]}, 51234),
        ({"Cmd": ["--http-port", "6878", "--api-port=62062", "--bind-port", "9"]}, 8621),
        ({"Cmd": ["--port", "70000"], "Env": ["P2P_PORT=51234"]}, 51234),
        ({"Env": ["P2P_PORT=51234", "HTTP_PORT=6878"]}, 51234),
        ({"Cmd": ["--port", "51234"], "Env": ["P2P_PORT=5"]}, 51234),
        ({"Env": ["CONF=--http-port=6878\n--port=51234\n--bind-all"]}, 51234),
        ({"Env": ["ACESTREAM_ARGS=--bind-all --port 51234"]}, 51234),
        ({"Env": ["P2P_PORT=", "CONF"]}, 8621),
        ({"Env": ["P2P_PORT=0"]}, 8621),
        ({"Env": ["P2P_PORT=many"], "Cmd": "--port 7"}, 8621),
    ],
)
def test_the_port_for_peers_is_what_the_engine_was_told(
    config: dict[str, object], port: int
) -> None:
    assert parse_container({"Config": config}).p2p_port == port


@pytest.mark.parametrize(
    ("config", "entrypoint", "command"),
    [
        ({}, (), ()),
        ({"Entrypoint": None, "Cmd": None}, (), ()),
        ({"Entrypoint": ["/engine"], "Cmd": ["--a"]}, ("/engine",), ("--a",)),
        ({"Cmd": "engine --a"}, (), ("/bin/sh", "-c", "engine --a")),
        ({"Entrypoint": "engine"}, ("/bin/sh", "-c", "engine"), ()),
        ({"Entrypoint": 5, "Cmd": {}}, (), ()),
    ],
)
def test_what_an_image_starts_is_read(
    config: dict[str, object], entrypoint: tuple[str, ...], command: tuple[str, ...]
) -> None:
    found = parse_command({"Config": config})
    assert (found.entrypoint, found.command) == (entrypoint, command)


def test_a_container_between_two_lives_does_not_run() -> None:
    assert not parse_container({"State": {"Running": True, "Restarting": True}}).running


def test_no_health_check_is_no_health() -> None:
    assert parse_container({"State": {"Health": {"Status": "none"}}}).health == ""


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["Id", "Name", "State", "Config", "HostConfig", "NetworkSettings"]),
        _json
        | st.dictionaries(
            st.sampled_from(
                [
                    "Status",
                    "Running",
                    "Health",
                    "StartedAt",
                    "Env",
                    "Cmd",
                    "Labels",
                    "Ports",
                    "Networks",
                ]
            ),
            _json,
        ),
    )
)
def test_nothing_docker_answers_breaks_it(raw: dict[str, object]) -> None:
    parse_container(raw, keep=["A"])


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        ("yesterday", None),
        ("2026-01-02T03:04:05", None),
        ("2026-01-02T03:04:05Z", datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)),
        (
            "2026-01-02T05:04:05.5+02:00",
            datetime.datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=datetime.UTC),
        ),
    ],
)
def test_times_are_utc_and_never_is_none(text: str, time: datetime.datetime | None) -> None:
    assert parse_time(text) == time


@given(st.text())
def test_any_text_is_a_time_or_none(text: str) -> None:
    parse_time(text)


def test_a_docker_that_does_not_even_answer_questions_does_not_answer_at_all() -> None:
    error = too_slow("version", 20)
    assert isinstance(error, RuntimeUnavailable)
    assert error.state is RuntimeState.NOT_ANSWERING
    assert isinstance(too_slow("start", 20), ContainerError)


def test_an_event_of_a_container_that_ended_tells_how() -> None:
    attributes = {"name": "acedesk-engine-1", "exitCode": "139"}
    raw = {"Action": "die", "Actor": {"ID": "abc", "Attributes": attributes}}

    event = parse_event(raw, {})

    assert (event.action, event.container_id, event.name) == ("die", "abc", "acedesk-engine-1")
    assert event.exit_code == 139


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [({}, True), ({"role": "engine"}, True), ({"role": "engine", "id": "2"}, False)],
)
def test_an_event_is_wanted_where_its_container_carries_all_labels(
    labels: dict[str, str], *, wanted: bool
) -> None:
    attributes = {"name": "one", "image": "qmcgaw/gluetun:v3", "role": "engine", "id": "1"}

    event = parse_event({"Action": "start", "Actor": {"Attributes": attributes}}, labels)

    assert event.wanted is wanted
    assert event.image == "qmcgaw/gluetun:v3"


@pytest.mark.parametrize(
    ("action", "changes"),
    [("exec_start: check", False), ("exec_die", False), ("top", False), ("die", True)],
)
def test_health_checks_of_containers_change_nothing(action: str, *, changes: bool) -> None:
    assert is_change(ContainerEvent(action=action)) is changes


@pytest.mark.parametrize("raw", [{}, {"Actor": None}, {"Actor": {"Attributes": {"exitCode": "x"}}}])
def test_an_event_without_what_we_read_is_none_of_a_crash(raw: dict[str, object]) -> None:
    assert parse_event(raw, {}).exit_code == 0


def test_a_container_ended_for_want_of_memory_is_told_apart() -> None:
    dead = parse_container({"State": {"OOMKilled": True, "Running": False, "ExitCode": 137}})
    again = parse_container({"State": {"OOMKilled": True, "Running": True}})

    assert dead.out_of_memory
    assert not again.out_of_memory


@pytest.mark.parametrize(
    ("raw", "platform", "kernel"),
    [
        ({"Arch": "arm64", "KernelVersion": "6.6"}, "linux/arm64", "6.6"),
        ({}, "", ""),
        ({"Arch": 5, "KernelVersion": None}, "", ""),
    ],
)
def test_docker_tells_of_its_machine(raw: dict[str, object], platform: str, kernel: str) -> None:
    machine = parse_machine(raw)

    assert (machine.platform, machine.kernel) == (platform, kernel)


@pytest.mark.parametrize(
    ("raw", "platform", "fits"),
    [
        ({"Architecture": "amd64"}, "linux/amd64", True),
        ({"Architecture": "amd64"}, "linux/arm64", False),
        ({"Architecture": "amd64"}, "", True),
        ({}, "linux/arm64", True),
    ],
)
def test_an_image_is_for_one_platform(raw: dict[str, object], platform: str, fits: bool) -> None:
    assert is_for_platform(raw, platform) is fits


# As Docker 28 tells it on a computer with cgroups v2, shortened.
STATS = {
    "cpu_stats": {"cpu_usage": {"total_usage": 2_500_000_000}},
    "memory_stats": {"usage": 5_000_000, "stats": {"inactive_file": 1_000_000}},
    "networks": {"eth0": {"rx_bytes": 10, "tx_bytes": 20}, "eth1": {"rx_bytes": 1, "tx_bytes": 2}},
    "blkio_stats": {
        "io_service_bytes_recursive": [
            {"op": "read", "value": 100},
            {"op": "write", "value": 7},
            {"op": "Read", "value": 1},
        ]
    },
}


def test_what_a_container_uses_is_read() -> None:
    found = parse_stats(STATS, 3.0)

    assert found == ContainerCounters(
        at=3.0, cpu=2.5, memory=4_000_000, received=11, sent=22, read=101, written=7
    )


def test_a_container_without_a_network_of_its_own_and_uncounted_disks_says_so() -> None:
    found = parse_stats({**STATS, "networks": None, "blkio_stats": {}}, 3.0)

    assert (found.received, found.sent, found.read, found.written) == (None, None, None, None)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *STATS,
                        "cpu_usage",
                        "stats",
                        "usage",
                        "eth0",
                        "io_service_bytes_recursive",
                        "op",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_whatever_docker_tells_of_a_container_breaks_nothing(raw: object) -> None:
    if isinstance(raw, dict):
        parse_stats({"cpu_stats": raw, **raw}, 0.0)


def test_an_error_instead_of_counts_is_one() -> None:
    with pytest.raises(ContainerError):
        parse_stats({"message": "No such container"}, 0.0)


LABELS = ["role=engine"]
STATES = {"one": "running", "two": "running"}
SEEN, OTHER = (
    ContainerInfo(id=one, name=one, image="x", status="running", running=True, labels={})
    for one in STATES
)


def _watched() -> SeenContainers:
    seen = SeenContainers()
    seen.note(LABELS, ContainerEvent(action=CONNECTED))
    seen.keep(LABELS, [SEEN], seen.changes)
    return seen


def test_a_container_is_known_until_an_event_tells_of_it() -> None:
    seen = _watched()
    assert seen.of(LABELS, STATES) == {"one": SEEN}
    assert seen.of(["role=other"], STATES) == {}

    seen.note(LABELS, ContainerEvent(action="die", container_id="two"))
    assert seen.of(LABELS, STATES) == {"one": SEEN}
    seen.note(LABELS, ContainerEvent(action="rename", container_id="one"))
    assert seen.of(LABELS, STATES) == {}


def test_what_was_found_before_a_change_is_not_kept_and_what_did_not_change_is() -> None:
    seen = _watched()
    changes = seen.changes
    seen.note(LABELS, ContainerEvent(action="start", container_id="one"))

    seen.keep(LABELS, [SEEN, OTHER], changes)
    assert seen.of(LABELS, STATES) == {"two": OTHER}

    seen.keep(LABELS, [SEEN, OTHER], seen.changes)
    assert seen.of(LABELS, STATES) == {"one": SEEN, "two": OTHER}


def test_nothing_is_kept_that_was_found_before_the_events_were_read() -> None:
    seen = _watched()
    changes = seen.changes
    seen.note(LABELS, ContainerEvent(action=CONNECTED))

    seen.keep(LABELS, [SEEN], changes)

    assert seen.of(LABELS, STATES) == {}


def test_nothing_is_known_while_no_events_are_read() -> None:
    seen = _watched()
    seen.forget(["role=other"])
    assert seen.of(LABELS, STATES) == {"one": SEEN}

    seen.forget(LABELS)
    seen.keep(LABELS, [SEEN], seen.changes)

    assert seen.of(LABELS, STATES) == {}


def test_now_and_then_everything_is_looked_at() -> None:
    seen = _watched()
    known = []
    for _ in range(LISTS):
        seen.keep(LABELS, [SEEN], seen.changes)
        known.append(bool(seen.of(LABELS, STATES)))

    assert known.count(False) == 1


@pytest.mark.parametrize("states", [{"one": "paused"}, {"two": "running"}, {}])
def test_a_container_in_another_state_is_looked_at(states: dict[str, str]) -> None:
    assert _watched().of(LABELS, states) == {}
