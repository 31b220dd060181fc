"""Engine containers in the network of the VPN's container, in a Docker in memory."""

import asyncio
import dataclasses
import datetime
import pathlib

import pytest

from acedesk.containers.runtime import FORWARDED_LABEL, ContainerInfo, ContainerOption
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.engines.backends.vpn_network import USUAL_HTTP_PORT, VpnNetwork
from acedesk.errors import Busy, BusyReason, ContainerError, RuntimeState, RuntimeUnavailable
from acedesk.model.engine import EngineSpec
from acedesk.model.snapshot import VpnState, VpnView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import NOON, FakeRuntime

LATER = NOON + datetime.timedelta(minutes=1)


class _Docker:
    """A VPN's container that publishes three ports, and a backend beside it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.runtime = FakeRuntime()
        self.settings = Settings(engines_in_vpn=True)
        self.gluetun = self.put("gluetun")
        self.view = VpnView(
            state=VpnState.CONNECTED,
            container_name="gluetun",
            container_id=self.gluetun.id,
            started_time=NOON,
            forwarded_port=51234,
        )
        self.instance = InstanceFile(folder)
        self.instance.open()
        self.network = VpnNetwork(self.runtime, lambda: self.settings, lambda: self.view)
        self.backend = DockerBackend(
            self.runtime, lambda: self.settings, self.instance, vpn=self.network
        )

    def put(self, container: str, **facts: object) -> ContainerInfo:
        """Let a container exist."""
        made = self.runtime.put(container, {})
        published = {port: ("127.0.0.1", port + 10000) for port in (19000, 19001, 19002, 8000)}
        info = dataclasses.replace(made, name=container, published=published)
        info = dataclasses.replace(info, **facts)  # type: ignore[arg-type]  # facts are fields
        self.runtime.containers[info.id] = info
        return info

    def change(self, container: str, **facts: object) -> None:
        """Let a container be otherwise."""
        before = self.runtime.containers[container]
        self.runtime.containers[container] = dataclasses.replace(before, **facts)  # type: ignore[arg-type]  # facts are fields

    async def make(self, name: str = "engine-1") -> EngineSpec:
        return await self.backend.provision(name, lambda _: None)


@pytest.fixture
def docker(tmp_path: pathlib.Path) -> _Docker:
    return _Docker(tmp_path)


async def test_an_engine_inside_is_reached_where_the_vpns_container_publishes_its_port(
    docker: _Docker,
) -> None:
    first, second = await docker.make(), await docker.make("engine-2")

    assert [(one.host, one.port) for one in (first, second)] == [
        ("127.0.0.1", 29000),
        ("127.0.0.1", 29001),
    ]
    made = docker.runtime.specs[first.id]
    assert made.network_of == docker.gluetun.id
    assert ContainerOption.PUBLISH in made.without
    assert FORWARDED_LABEL in made.labels
    assert FORWARDED_LABEL not in docker.runtime.specs[second.id].labels


async def test_engines_that_are_made_at_once_get_different_ports(docker: _Docker) -> None:
    made = await asyncio.gather(*(docker.make(f"engine-{number}") for number in range(3)))

    assert {spec.port for spec in made} == {29000, 29001, 29002}
    with pytest.raises(ContainerError, match="all 3 ports that gluetun publishes are in use"):
        await docker.make("engine-4")


async def test_an_engine_of_somebody_else_keeps_its_usual_port(docker: _Docker) -> None:
    docker.put("theirs", network_container="gluetun", published={})
    published = {USUAL_HTTP_PORT: ("127.0.0.1", 6878), 19000: ("127.0.0.1", 29000)}
    docker.change(docker.gluetun.id, published=published)

    assert (await docker.make()).port == 29000


async def test_a_published_port_that_the_settings_name_is_not_taken(docker: _Docker) -> None:
    docker.settings = docker.settings.changed({"engines": ("127.0.0.1:29000",)})

    assert (await docker.make()).port == 29001


@pytest.mark.parametrize("state", [one for one in VpnState if one is not VpnState.CONNECTED])
async def test_without_a_connected_vpn_nothing_is_made(docker: _Docker, state: VpnState) -> None:
    docker.view = dataclasses.replace(docker.view, state=state)

    with pytest.raises(Busy) as caught:
        await docker.make()

    assert caught.value.reason is BusyReason.VPN_DISCONNECTED
    assert docker.runtime.asked["create"] == 0


@pytest.mark.parametrize("facts", [{"running": False}, {"started_time": LATER}])
async def test_a_vpn_that_restarted_since_the_last_look_is_not_trusted(
    docker: _Docker, facts: dict[str, object]
) -> None:
    docker.change(docker.gluetun.id, **facts)

    with pytest.raises(Busy):
        await docker.make()
    assert docker.runtime.asked["create"] == 0


async def test_an_engine_that_lost_its_network_is_adopted_as_such_and_made_anew(
    docker: _Docker,
) -> None:
    before = await docker.make()
    docker.change(before.id, started_time=NOON - datetime.timedelta(minutes=1))

    (adopted,) = await docker.backend.adopt()
    assert (adopted.network_lost, adopted.port) == (True, 0)
    assert await docker.backend.outdated_in_vpn() == {before.id}

    after = await docker.backend.restart(before.id)

    assert (after.name, after.port, after.network_lost) == ("engine-1", 29000, False)
    assert before.id not in docker.runtime.containers


async def test_an_engine_whose_forwarded_port_has_moved_is_made_anew_with_the_new_one(
    docker: _Docker,
) -> None:
    first, second = await docker.make(), await docker.make("engine-2")
    docker.change(first.id, p2p_port=51234)
    docker.view = dataclasses.replace(docker.view, forwarded_port=6000)

    assert await docker.backend.outdated_in_vpn() == {first.id}
    after = await docker.backend.restart(first.id)

    assert "--port=6000" in docker.runtime.specs[after.id].arguments
    assert second.id in docker.runtime.containers


async def test_an_engine_outside_is_made_anew_inside_when_it_is_restarted(docker: _Docker) -> None:
    docker.settings = Settings()
    outside = await docker.make()
    before = docker.backend.definition_hash
    assert docker.runtime.specs[outside.id].network_of == ""

    docker.settings = Settings(require_vpn=True)
    await docker.backend.adopt()
    after = await docker.backend.restart(outside.id)

    assert docker.runtime.specs[after.id].network_of == docker.gluetun.id
    assert docker.backend.definition_hash == after.definition_hash != before


async def test_an_engine_outside_stays_as_it_is_while_the_vpn_is_down(docker: _Docker) -> None:
    docker.settings = Settings()
    outside = await docker.make()
    docker.settings = Settings(require_vpn=True)
    docker.view = dataclasses.replace(docker.view, state=VpnState.UNHEALTHY)

    with pytest.raises(Busy):
        await docker.backend.restart(outside.id)

    assert outside.id in docker.runtime.containers
    assert docker.runtime.asked["restart"] == 0


async def test_an_engine_inside_is_restarted_where_it_is(docker: _Docker) -> None:
    inside = await docker.make()
    after = await docker.backend.restart(inside.id)

    assert (after.id, after.port) == (inside.id, inside.port)


async def test_many_engines_cost_one_look_at_their_vpn(docker: _Docker) -> None:
    for number in range(3):
        await docker.make(f"engine-{number}")
    asked = docker.runtime.asked["inspect"]

    await docker.backend.adopt()

    assert docker.runtime.asked["inspect"] == asked + 1


async def test_a_docker_that_goes_away_meanwhile_is_told_to_all_who_asked(
    docker: _Docker, caplog: pytest.LogCaptureFixture
) -> None:
    inside = await docker.make()
    info = docker.runtime.containers[inside.id]
    docker.runtime.errors["inspect"] = [RuntimeUnavailable(RuntimeState.NOT_RUNNING)]

    looks = (docker.network.owner(info), docker.network.owner(info))
    outcomes = await asyncio.gather(*looks, return_exceptions=True)

    assert [type(one) for one in outcomes] == [RuntimeUnavailable] * 2
    assert "ended with an error" not in caplog.text
