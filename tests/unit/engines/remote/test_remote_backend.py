"""The orchestrator's engines as the manager sees them."""

import dataclasses
from collections.abc import AsyncIterator

import pytest

from acedesk.engines.backends.static_backend import static_id
from acedesk.engines.remote.client import OrchestratorClient
from acedesk.engines.remote.directory import Directory
from acedesk.engines.remote.remote_backend import RemoteBackend
from acedesk.engines.remote.requests import OrchestratorRequests
from acedesk.errors import BadRequest, Busy, NotFound
from acedesk.model.engine import BackendKind, EngineId, Step, StepName, StepState
from acedesk.settings import Settings
from tests.fakes.orchestrator import FakeOrchestrator, engine_row

ONE = EngineId("remote-one")


class Parts:
    """A backend over a fake orchestrator."""

    def __init__(self, orchestrator: FakeOrchestrator) -> None:
        self.orchestrator = orchestrator
        self.settings = Settings()
        self.client = OrchestratorClient(OrchestratorRequests(orchestrator.url, ""))
        self.directory = Directory(self.client)
        self.steps: list[Step] = []
        self.backend = self.behind("127.0.0.1")

    def behind(self, host: str) -> RemoteBackend:
        """Return the backend as if the orchestrator were reached at `host`."""
        return RemoteBackend(self.directory, lambda: self.settings, host)

    async def list_engines(self, *rows: dict[str, object]) -> None:
        self.orchestrator.engines = list(rows)
        await self.directory.refresh()


@pytest.fixture
async def parts() -> AsyncIterator[Parts]:
    orchestrator = FakeOrchestrator()
    await orchestrator.start()
    made = Parts(orchestrator)
    yield made
    await made.client.close()
    await orchestrator.stop()


async def test_each_listed_engine_is_one_of_the_pool(parts: Parts) -> None:
    await parts.list_engines(engine_row("one", 6878))

    [spec] = await parts.backend.adopt()

    assert (spec.id, spec.name, spec.backend) == (ONE, "one-name", BackendKind.REMOTE)
    assert (spec.host, spec.port, spec.started_time) == ("127.0.0.1", 6878, None)
    listed = parts.backend.listed(ONE)
    assert listed is not None
    assert listed.id == "one"
    assert parts.backend.id_of("one") == ONE
    assert parts.backend.id_of("other") is None


async def test_a_container_whose_name_means_nothing_here_is_reached_at_its_published_port(
    parts: Parts,
) -> None:
    """The Python era lists names of its Docker network."""
    parts.backend = parts.behind("10.0.0.5")
    name = "no-such-container-anywhere"
    labels = {"host.http_port": "19000"}
    await parts.list_engines(
        engine_row("one", 40000, host=name, labels=labels), engine_row("two", 6878, host=name)
    )

    published, alone = await parts.backend.adopt()

    assert (published.host, published.port) == ("10.0.0.5", 19000)
    assert (alone.host, alone.port) == (name, 6878)  # nothing better is known
    listed = parts.backend.listed(ONE)
    assert listed is not None
    assert (listed.host, listed.port) == (name, 40000)  # what the orchestrator is told
    parts.settings = Settings(engines=("10.0.0.5:19000",))
    assert parts.backend.id_of("one") == static_id("10.0.0.5", 19000)


async def test_before_it_answers_there_are_none(parts: Parts) -> None:
    assert await parts.backend.adopt() == ()


@pytest.mark.parametrize(
    ("orchestrator", "listed", "reached"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.5", "127.0.0.1", "10.0.0.5"),
        ("nas.local", "localhost", "nas.local"),
        ("nas.local", "0.0.0.0", "nas.local"),
        ("10.0.0.5", "10.0.0.9", "10.0.0.9"),
    ],
)
async def test_an_engine_on_the_loopback_of_another_computer_is_reached_there(
    parts: Parts, orchestrator: str, listed: str, reached: str
) -> None:
    await parts.list_engines(engine_row("one", 6878, host=listed))

    [spec] = await parts.behind(orchestrator).adopt()

    assert spec.host == reached


async def test_an_engine_that_the_settings_name_too_is_one_engine(parts: Parts) -> None:
    await parts.list_engines(engine_row("one", 6878), engine_row("two", 6879))
    parts.settings = dataclasses.replace(parts.settings, engines=("127.0.0.1:6878",))

    specs = await parts.backend.adopt()

    assert [one.id for one in specs] == ["remote-two"]
    assert parts.backend.id_of("one") == static_id("127.0.0.1", 6878)


async def test_one_that_has_just_been_made_is_waited_for_and_stays_the_same_engine(
    parts: Parts,
) -> None:
    await parts.list_engines(engine_row("one", 6878, health_status="unknown"))
    fresh = await parts.backend.adopt()

    await parts.list_engines(engine_row("one", 6878))
    later = await parts.backend.adopt()

    assert fresh[0].started_time is not None
    assert later == fresh


async def test_one_that_is_drained_is_not_waited_for(parts: Parts) -> None:
    await parts.list_engines(engine_row("one", 6878, health_status="unknown", draining=True))

    [spec] = await parts.backend.adopt()

    assert spec.started_time is None


async def test_one_more_is_asked_for_and_found_in_the_list(parts: Parts) -> None:
    parts.orchestrator.engines = [engine_row("made", 6880, health_status="unknown")]

    spec = await parts.backend.provision("engine-1", parts.steps.append)

    assert (spec.id, spec.port) == ("remote-made", 6880)
    assert [(one.name, one.state) for one in parts.steps][-1] == (StepName.START, StepState.DONE)


async def test_one_that_is_not_listed_yet_is_told_as_starting(parts: Parts) -> None:
    with pytest.raises(Busy):
        await parts.backend.provision("engine-1", parts.steps.append)


async def test_what_only_the_orchestrator_may_do_is_refused(parts: Parts) -> None:
    await parts.list_engines(engine_row("one", 6878))

    with pytest.raises(BadRequest):
        await parts.backend.restart(ONE)
    with pytest.raises(NotFound):
        await parts.backend.log(ONE, 10)
    await parts.backend.remove(ONE)
    await parts.backend.close()

    assert {method for method, _ in parts.orchestrator.asked} == {"GET"}
    assert (parts.backend.kind, parts.backend.id) == (BackendKind.REMOTE, "remote")
    assert parts.backend.definition_hash == ""
