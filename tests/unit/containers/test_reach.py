"""Where a container is reached from here, in each way that Docker and AceDesk may stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.containers.reach import addresses, describe_reach, publish_host, shared_network
from acedesk.containers.runtime import ContainerInfo, DockerLocation

HERE = DockerLocation()
ELSEWHERE = DockerLocation(docker_host="nas.lan")
BESIDE = DockerLocation(in_container=True, networks=("media_default",))
ALONE = DockerLocation(in_container=True)
BOTH = ["127.0.0.1:4000", "172.17.0.2:6878"]


def container(published: tuple[str, int] | None, **networks: str) -> ContainerInfo:
    return ContainerInfo(
        id="ab" * 32,
        name="engine",
        image="engine:1",
        running=True,
        status="running",
        published={} if published is None else {6878: published},
        addresses=networks,
    )


@pytest.mark.parametrize(
    ("location", "published", "networks", "found"),
    [
        (
            HERE,
            ("127.0.0.1", 4000),
            {"bridge": "172.17.0.2"},
            ["127.0.0.1:4000", "172.17.0.2:6878"],
        ),
        (HERE, ("0.0.0.0", 4000), {}, ["127.0.0.1:4000"]),
        (HERE, ("::", 4000), {}, ["::1:4000"]),
        (HERE, ("192.168.1.5", 4000), {}, ["192.168.1.5:4000"]),
        (HERE, None, {"bridge": "172.17.0.2"}, ["172.17.0.2:6878"]),
        (HERE, None, {}, []),
        (ELSEWHERE, ("0.0.0.0", 4000), {"bridge": "172.17.0.2"}, ["nas.lan:4000"]),
        (ELSEWHERE, ("10.0.0.9", 4000), {}, ["10.0.0.9:4000", "nas.lan:4000"]),
        (ELSEWHERE, ("127.0.0.1", 4000), {}, ["nas.lan:4000"]),
        (ELSEWHERE, None, {"bridge": "172.17.0.2"}, []),
        (
            DockerLocation(docker_host="127.0.0.2"),
            ("127.0.0.1", 4000),
            {"bridge": "172.17.0.2"},
            ["127.0.0.2:4000", "127.0.0.1:4000", "172.17.0.2:6878"],
        ),
        (DockerLocation(docker_host="localhost"), ("127.0.0.1", 4000), {}, ["127.0.0.1:4000"]),
        (
            BESIDE,
            ("127.0.0.1", 4000),
            {"bridge": "172.17.0.2", "media_default": "172.20.0.3"},
            [
                "172.20.0.3:6878",
                "127.0.0.1:4000",
                "host.docker.internal:4000",
                "host.containers.internal:4000",
                "172.17.0.2:6878",
            ],
        ),
        (
            ALONE,
            ("127.0.0.1", 4000),
            {"bridge": "172.17.0.2"},
            [
                "127.0.0.1:4000",
                "host.docker.internal:4000",
                "host.containers.internal:4000",
                "172.17.0.2:6878",
            ],
        ),
        (
            DockerLocation(
                docker_host="socket-proxy", in_container=True, networks=("media_default",)
            ),
            None,
            {"media_default": "172.20.0.3"},
            ["172.20.0.3:6878"],
        ),
    ],
)
def test_addresses_are_tried_in_the_order_of_their_likelihood(
    location: DockerLocation,
    published: tuple[str, int] | None,
    networks: dict[str, str],
    found: list[str],
) -> None:
    told = addresses(container(published, **networks), 6878, location)

    assert [f"{host}:{port}" for host, port in told] == found


def test_another_port_of_the_container_is_not_ours() -> None:
    assert addresses(container(("127.0.0.1", 4000)), 62062, HERE) == ()


@pytest.mark.parametrize(
    ("location", "host"),
    [
        (HERE, "127.0.0.1"),
        (ELSEWHERE, "nas.lan"),
        (DockerLocation(docker_host="127.0.0.2"), "127.0.0.2"),
        (DockerLocation(docker_host="LOCALHOST"), "127.0.0.1"),
        (DockerLocation(docker_host="::1"), "127.0.0.1"),
        (DockerLocation(docker_host="proxy", in_container=True, networks=("a",)), "127.0.0.1"),
        (ALONE, "127.0.0.1"),
    ],
)
def test_a_port_is_published_for_nobody_else(location: DockerLocation, host: str) -> None:
    assert publish_host(location) == host


@pytest.mark.parametrize(
    ("networks", "joined"),
    [((), ""), (("bridge",), ""), (("bridge", "media"), "media"), (("podman",), "")],
)
def test_a_container_joins_the_network_that_acedesk_is_in(
    networks: tuple[str, ...], joined: str
) -> None:
    assert shared_network(DockerLocation(in_container=True, networks=networks)) == joined


_hosts = st.sampled_from(["", "127.0.0.1", "127.0.0.2", "nas", "10.0.0.9", "0.0.0.0", "::"])


@given(_hosts, st.booleans(), st.lists(st.sampled_from("ab"), unique=True), _hosts)
def test_no_address_stands_twice_or_means_everywhere(
    docker_host: str, inside: bool, networks: list[str], bound: str
) -> None:
    if docker_host in ("0.0.0.0", "::"):
        docker_host = ""
    location = DockerLocation(
        docker_host=docker_host, in_container=inside, networks=tuple(networks)
    )

    told = addresses(container((bound or "0.0.0.0", 4000), a="172.20.0.2"), 6878, location)

    assert len(set(told)) == len(told)
    assert told
    assert not {"0.0.0.0", "::", ""} & {host for host, _ in told}


@pytest.mark.parametrize(
    ("location", "words"),
    [
        (HERE, "at this computer's own address"),
        (ALONE, "at this computer's own address"),
        (ELSEWHERE, "at nas.lan"),
        (BESIDE, "at their own addresses in the network “media_default”"),
        (
            DockerLocation(in_container=True, networks=("bridge",)),
            "at their own addresses",
        ),
    ],
)
def test_how_engines_are_reached_can_be_told(location: DockerLocation, words: str) -> None:
    assert describe_reach(location) == words
