"""The address of an engine is found by trying, on real sockets."""

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import Iterator

import pytest

from acedesk import tasks
from acedesk.acestream_api import address_search
from acedesk.acestream_api.address_search import EngineAddresses
from acedesk.containers.reach import Address, addresses
from acedesk.containers.runtime import PORT_LABEL, ContainerInfo, DockerLocation
from acedesk.errors import ContainerError, EngineTooSlow, EngineUnreachable

HERE = DockerLocation()


class _Engines:
    """Which sockets have an engine behind them.

    Attributes:
        answering: Ports where one answers.
        silent: Ports where a connection is taken and nothing comes.
        asked: Every question.
    """

    def __init__(self) -> None:
        self.answering: set[int] = set()
        self.silent: set[int] = set()
        self.asked: list[tuple[str, int]] = []

    async def check(self, host: str, port: int, limit: float) -> object:
        self.asked.append((host, port))
        if port in self.silent:
            raise EngineTooSlow(f"nothing within {limit:g} s")
        if port not in self.answering:
            raise EngineUnreachable("the connection was closed")
        return 0.001


@pytest.fixture
def engines() -> _Engines:
    return _Engines()


@pytest.fixture
def stack() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as made:
        yield made


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_search, "PAUSE", 0.01)
    monkeypatch.setattr(address_search, "FORWARDING_LIMIT", 0.1)


def listen(stack: contextlib.ExitStack, host: str) -> int:
    return int(stack.enter_context(socket.create_server((host, 0))).getsockname()[1])


def free_port(host: str) -> int:
    with socket.create_server((host, 0)) as server:
        return int(server.getsockname()[1])


def container(inside: int, published: tuple[str, int] | None, address: str = "") -> ContainerInfo:
    return ContainerInfo(
        id="ab" * 32,
        name="engine",
        image="engine:1",
        running=True,
        status="running",
        labels={PORT_LABEL: str(inside)},
        published={} if published is None else {inside: published},
        addresses={"bridge": address} if address else {},
    )


def near(info: ContainerInfo) -> tuple[Address, ...]:
    """Return where the container may be reached from this computer."""
    return addresses(info, int(info.labels[PORT_LABEL]), HERE)


async def test_where_docker_takes_connections_is_enough_to_go_on(
    engines: _Engines, stack: contextlib.ExitStack
) -> None:
    published = ("127.0.0.1", listen(stack, "127.0.0.1"))
    info = container(free_port("127.0.0.3"), published, "127.0.0.3")

    assert await EngineAddresses(engines.check).wait(info, near(info), HERE, 5) == published


async def test_an_engine_that_only_answers_at_its_own_address_is_reached_there(
    engines: _Engines, stack: contextlib.ExitStack
) -> None:
    inside = listen(stack, "127.0.0.3")
    engines.answering = {inside}
    info = container(inside, ("127.0.0.1", free_port("127.0.0.1")), "127.0.0.3")

    assert await EngineAddresses(engines.check).wait(info, near(info), HERE, 5) == (
        "127.0.0.3",
        inside,
    )


async def test_another_program_at_the_published_port_does_not_stand_in_the_way(
    engines: _Engines, stack: contextlib.ExitStack
) -> None:
    inside, other = listen(stack, "127.0.0.3"), listen(stack, "127.0.0.1")
    engines.answering, engines.silent = {inside}, {other}
    info = container(inside, ("127.0.0.1", other), "127.0.0.3")

    assert await EngineAddresses(engines.check).wait(info, near(info), HERE, 5) == (
        "127.0.0.3",
        inside,
    )


async def _found_late(engines: _Engines, info: ContainerInfo, location: DockerLocation) -> Address:
    """Let those that are silent answer after some tries; return where the engine was found."""
    waiting = tasks.spawn(
        EngineAddresses(engines.check).wait(info, near(info), location, 5), name="wait"
    )
    async with asyncio.timeout(5):
        while len(engines.asked) < 5:
            await asyncio.wait({waiting}, timeout=0.01)
    engines.silent, engines.answering = set(), engines.silent
    return await waiting


async def test_an_engine_that_comes_late_is_waited_for(
    engines: _Engines, stack: contextlib.ExitStack
) -> None:
    inside = listen(stack, "127.0.0.3")
    engines.silent = {inside}
    info = container(inside, None, "127.0.0.3")

    assert await _found_late(engines, info, HERE) == ("127.0.0.3", inside)


async def test_what_was_tried_is_told_when_nothing_works(engines: _Engines) -> None:
    inside, port = free_port("127.0.0.3"), free_port("127.0.0.1")
    info = container(inside, ("127.0.0.1", port), "127.0.0.3")

    with pytest.raises(EngineUnreachable) as caught:
        await EngineAddresses(engines.check).wait(info, near(info), HERE, 0.05)

    assert caught.value.detail == (
        f"it was tried at 127.0.0.1:{port} (nothing listens there) "
        f"and at 127.0.0.3:{inside} (nothing listens there)"
    )


async def test_a_loopback_that_is_not_dockers_is_not_waited_for(engines: _Engines) -> None:
    info = container(6878, ("127.0.0.1", free_port("127.0.0.1")))
    location = DockerLocation(in_container=True)

    with pytest.raises(EngineUnreachable, match="AceDesk runs in a container"):
        async with asyncio.timeout(10):
            await EngineAddresses(engines.check).wait(info, near(info), location, 600)


async def test_what_takes_connections_in_our_own_container_is_not_dockers(
    engines: _Engines, stack: contextlib.ExitStack
) -> None:
    inside, own = listen(stack, "127.0.0.3"), listen(stack, "127.0.0.1")
    engines.silent = {inside}  # the engine is still starting
    info = container(inside, ("127.0.0.1", own), "127.0.0.3")
    location = DockerLocation(in_container=True)

    assert await _found_late(engines, info, location) == ("127.0.0.3", inside)


async def test_a_container_without_any_address_is_told_at_once(engines: _Engines) -> None:
    with pytest.raises(EngineUnreachable, match="no address"):
        await EngineAddresses(engines.check).wait(container(6878, None), (), HERE, 600)


async def test_what_was_found_is_kept_until_the_container_runs_anew(
    engines: _Engines, stack: contextlib.ExitStack
) -> None:
    inside = listen(stack, "127.0.0.3")
    engines.answering = {inside}
    info = container(inside, ("127.0.0.1", free_port("127.0.0.1")), "127.0.0.3")
    found = EngineAddresses(engines.check)
    first = await found.look(info, near(info))
    asked = len(engines.asked)

    assert await found.look(info, near(info)) == first == ("127.0.0.3", inside)
    assert len(engines.asked) == asked
    moved = dataclasses.replace(info, addresses={"bridge": "127.0.0.4"})
    assert await found.look(moved, near(moved)) == info.published[inside]
    found.forget(info.id)
    assert await found.look(info, near(info)) == first
    assert len(engines.asked) > asked


async def test_an_engine_that_does_not_answer_now_is_where_it_most_likely_is(
    engines: _Engines,
) -> None:
    published = ("127.0.0.1", free_port("127.0.0.1"))
    info = container(free_port("127.0.0.3"), published, "127.0.0.3")

    assert await EngineAddresses(engines.check).look(info, near(info)) == published


async def test_what_is_nowhere_has_no_address(engines: _Engines) -> None:
    assert await EngineAddresses(engines.check).look(container(6878, None), ()) is None


async def test_without_a_question_the_likeliest_is_taken() -> None:
    info = container(6878, ("127.0.0.1", 1), "127.0.0.3")

    assert await EngineAddresses(None).look(info, near(info)) == ("127.0.0.1", 1)
    assert await EngineAddresses(None).wait(info, near(info), HERE, 1) == ("127.0.0.1", 1)


async def test_a_container_that_has_ended_is_waited_for_no_longer(engines: _Engines) -> None:
    info = container(6878, ("127.0.0.1", free_port("127.0.0.1")))

    async def check_running() -> None:
        raise ContainerError("start", "the engine ended at once")

    with pytest.raises(ContainerError, match="ended at once"):
        await EngineAddresses(engines.check).wait(
            info, near(info), HERE, 600, check_running=check_running
        )
