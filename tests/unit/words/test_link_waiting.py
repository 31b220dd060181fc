"""What is said of links that wait: for every state of the engines something true and a way out."""

import dataclasses
import datetime
from typing import Any

import pytest

from acedesk.errors import (
    BusyReason,
    ContainerError,
    EngineAnswerInvalid,
    EngineRefused,
    EngineUnreachable,
    OrchestratorTrouble,
    OrchestratorUnavailable,
    RuntimeState,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import (
    TEST_BACKEND,
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
    ProvisionState,
    Step,
    StepName,
    StepState,
)
from acedesk.model.snapshot import (
    EngineView,
    OrchestratorView,
    ProvisionView,
    RuntimeView,
    Snapshot,
    StreamState,
    StreamView,
)
from acedesk.rules.engines import provisioning
from acedesk.words.errors import RUNTIME
from acedesk.words.link_waiting import Way, describe_waiting, is_waited_for

NAMES = ("Sport 1",)
NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
EMPTY = Snapshot(
    time=NOW,
    version="0.1.0",
    base_url="http://127.0.0.1:8080",
    runtime=RuntimeView(state=RuntimeState.READY),
)


def engine(health: EngineHealth, **facts: Any) -> EngineView:
    base = {"id": EngineId("1"), "name": "engine-1", "backend": BackendKind.DOCKER}
    return EngineView(**{**base, "host": "127.0.0.1", "port": 1, "health": health, **facts})


def provision(state: ProvisionState, *steps: Step, **facts: Any) -> ProvisionView:
    return ProvisionView(
        id="p",
        backend=BackendKind.DOCKER,
        name="engine-1",
        state=state,
        steps=steps,
        started_time=NOW,
        **facts,
    )


def with_engines(*engines: EngineView) -> Snapshot:
    return dataclasses.replace(EMPTY, engines=engines)


def title(snapshot: Snapshot) -> str:
    return describe_waiting(snapshot, NAMES).title


def text(snapshot: Snapshot) -> str:
    return describe_waiting(snapshot, NAMES).text


def ways(snapshot: Snapshot) -> tuple[Way, ...]:
    return describe_waiting(snapshot, NAMES).ways


def test_without_an_engine_all_ways_to_get_one_are_offered() -> None:
    assert title(EMPTY) == "No engine yet"
    assert text(EMPTY) == (
        "An engine fetches the streams. AceDesk can start one in Docker. "
        "Sport 1 plays by itself as soon as an engine answers."
    )
    assert ways(EMPTY) == (Way.START, Way.ADDRESS, Way.TEST)


@pytest.mark.parametrize("state", [None, *(s for s in RuntimeState if s is not RuntimeState.READY)])
def test_without_docker_no_engine_can_be_started_and_that_is_said(
    state: RuntimeState | None,
) -> None:
    without = dataclasses.replace(EMPTY, runtime=RuntimeView(state=state))

    assert (RUNTIME[state].what if state else "looking for Docker") in text(without)
    assert ways(without) == (Way.ADDRESS, Way.TEST)


@pytest.mark.parametrize(
    ("facts", "told", "start"),
    [
        ({}, "AceDesk is looking for the orchestrator.", ()),
        ({"known": True}, "AceDesk can ask the orchestrator for one.", (Way.START,)),
        (
            {"known": True, "error": OrchestratorUnavailable(OrchestratorTrouble.SILENT)},
            "The orchestrator does not answer.",
            (),
        ),
    ],
)
@pytest.mark.parametrize("docker", [RuntimeState.READY, RuntimeState.NOT_RUNNING])
def test_where_engines_come_from_an_orchestrator_nothing_is_said_of_docker(
    docker: RuntimeState, facts: dict[str, Any], told: str, start: tuple[Way, ...]
) -> None:
    remote = dataclasses.replace(
        EMPTY,
        runtime=RuntimeView(state=docker),
        orchestrator=OrchestratorView(url="http://nas:8000", **facts),
    )

    said = describe_waiting(remote, NAMES, docker="Docker Desktop")

    assert told in said.text
    assert "Docker" not in said.text
    assert said.ways == (*start, Way.ADDRESS, Way.TEST)


@pytest.mark.parametrize("state", [RuntimeState.NOT_RUNNING, RuntimeState.PODMAN_STOPPED])
def test_a_docker_that_does_not_run_can_be_started_where_that_is_known_how(
    state: RuntimeState,
) -> None:
    off = dataclasses.replace(EMPTY, runtime=RuntimeView(state=state))

    said = describe_waiting(off, NAMES, docker="Docker Desktop")

    assert (said.ways[0], said.docker) == (Way.DOCKER, "Docker Desktop")
    assert Way.DOCKER not in ways(off)


def test_what_the_page_offers_is_not_offered_twice() -> None:
    said = describe_waiting(EMPTY, NAMES, offered=True)

    assert said.title == "Waiting for an engine"
    assert said.text == "Sport 1 plays by itself as soon as an engine answers."
    assert said.ways == ()


@pytest.mark.parametrize(
    "snapshot",
    [
        with_engines(engine(EngineHealth.UNREACHABLE)),
        dataclasses.replace(EMPTY, provisions=(provision(ProvisionState.RUNNING),)),
    ],
)
def test_an_engine_there_is_told_whatever_the_page_offers(snapshot: Snapshot) -> None:
    assert describe_waiting(snapshot, NAMES, offered=True) == describe_waiting(snapshot, NAMES)


def test_the_engine_of_the_test_channel_is_none_to_wait_for() -> None:
    test = engine(EngineHealth.STARTING, backend=BackendKind.DEMO, backend_id=TEST_BACKEND)

    assert title(with_engines(test)) == "No engine yet"


def test_a_test_channel_that_plays_is_not_offered() -> None:
    test = engine(EngineHealth.READY, backend=BackendKind.DEMO, backend_id=TEST_BACKEND)
    key = StreamKey(kind=KeyKind.CONTENT_ID, value="7" * 40)
    state = StreamState.PLAYING
    playing = StreamView(
        id=key.stream_id, key=key, name="Test", state=state, started_time=NOW, engine_id=test.id
    )
    shown = with_engines(test)

    assert Way.TEST in ways(shown)
    assert ways(dataclasses.replace(shown, streams=(playing,))) == (Way.START, Way.ADDRESS)


def test_two_links_are_both() -> None:
    assert "Both links play by themselves" in describe_waiting(EMPTY, ["a", "b"]).text


def test_several_links_are_told_as_several() -> None:
    said = describe_waiting(EMPTY, ["a", "b", "c"]).text

    assert said.endswith("All 3 links play by themselves as soon as an engine answers.")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            Step(name=StepName.PULL, state=StepState.RUNNING, done_bytes=38, total_bytes=100),
            "Docker is downloading it (38 %).",
        ),
        (Step(name=StepName.PULL, state=StepState.RUNNING), "Docker is downloading it."),
        (Step(name=StepName.START, state=StepState.RUNNING), "Its container is being started."),
        (Step(name=StepName.ANSWER, state=StepState.RUNNING), "AceDesk asks it until it answers."),
        (Step(name=StepName.PULL, state=StepState.WAITING), "It is being made."),
    ],
)
def test_an_engine_that_is_made_is_told_with_its_step(step: Step, said: str) -> None:
    making = dataclasses.replace(EMPTY, provisions=(provision(ProvisionState.RUNNING, step),))

    assert title(making) == "Waiting for engine-1 to start"
    assert said in text(making)
    assert ways(making) == ()


def test_an_engine_that_starts_is_waited_for() -> None:
    assert title(with_engines(engine(EngineHealth.STARTING))) == "Waiting for engine-1 to start"


def test_an_engine_on_an_address_is_waited_for_until_it_answers() -> None:
    static = engine(EngineHealth.STARTING, name="10.0.0.5:6878", backend=BackendKind.STATIC)

    assert title(with_engines(static)) == "Waiting for 10.0.0.5:6878 to answer"


@pytest.mark.parametrize("health", [EngineHealth.STARTING, EngineHealth.UNREACHABLE])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EngineUnreachable("connection refused"), "10.0.0.5:6878 does not answer"),
        (EngineAnswerInvalid("HTML"), "10.0.0.5:6878 answers, but is no Ace Stream engine"),
        (EngineRefused("forbidden"), "10.0.0.5:6878 refuses AceDesk"),
    ],
)
def test_an_only_engine_that_is_known_to_be_bad_is_told_at_once_and_waited_for(
    health: EngineHealth, error: EngineUnreachable, said: str
) -> None:
    static = engine(health, name="10.0.0.5:6878", backend=BackendKind.STATIC, error=error)
    bad = with_engines(static)

    assert title(bad) == said
    assert "AceDesk keeps asking it. Sport 1 plays by itself" in text(bad)
    assert ways(bad) == (Way.START, Way.ADDRESS, Way.TEST)


def test_engines_that_are_out_of_use_are_told_one_by_one() -> None:
    bad = with_engines(
        engine(EngineHealth.STOPPED),
        engine(EngineHealth.READY, name="engine-2", intent=EngineIntent.DRAIN),
        engine(EngineHealth.HUNG, name="engine-3"),
        engine(EngineHealth.HUNG, name="engine-4"),
    )

    assert title(bad) == "No engine can play now"
    assert text(bad).startswith(
        "engine-1 is stopped; engine-2 takes no new streams; engine-3 does not answer; and 1 more."
    )


def test_a_stopped_engine_is_told_as_stopped() -> None:
    assert title(with_engines(engine(EngineHealth.CRASHED))) == "engine-1 is stopped"


def test_an_engine_that_could_not_be_made_is_told_with_the_reason() -> None:
    failed = provision(ProvisionState.FAILED, error=ContainerError("pull", "no space left"))

    said = dataclasses.replace(EMPTY, provisions=(failed,))

    assert title(said) == "engine-1 could not be started"
    assert "No space left" in text(said)
    assert ways(said)[0] is Way.START


def test_the_log_of_an_engine_that_could_not_be_made_is_in_no_sentence() -> None:
    error = provisioning.ended_at_once("start", 1, "Traceback\n  File x\nKeyError: 'a'\n")
    failed = provision(ProvisionState.FAILED, error=error)

    said = text(dataclasses.replace(EMPTY, provisions=(failed,)))

    assert "The engine ended at once with exit code 1." in said
    assert "KeyError" not in said
    assert "KeyError" in error.detail


@pytest.mark.parametrize(
    "reason",
    [BusyReason.NO_ENGINE, BusyReason.STARTING, BusyReason.VPN_DISCONNECTED],
)
def test_a_link_waits_for_what_passes(reason: BusyReason) -> None:
    assert is_waited_for(reason, EMPTY)


@pytest.mark.parametrize(
    "reason",
    [BusyReason.MAX_STREAMS, BusyReason.MEMORY, BusyReason.SHUTTING_DOWN, BusyReason.MAX_CAPACITY],
)
def test_a_link_does_not_wait_for_a_limit(reason: BusyReason) -> None:
    assert not is_waited_for(reason, with_engines(engine(EngineHealth.READY)))


def test_full_engines_are_waited_for_while_another_is_on_its_way() -> None:
    coming = with_engines(engine(EngineHealth.READY), engine(EngineHealth.STARTING))
    making = dataclasses.replace(EMPTY, provisions=(provision(ProvisionState.RUNNING),))

    assert is_waited_for(BusyReason.MAX_CAPACITY, coming)
    assert is_waited_for(BusyReason.MAX_CAPACITY, making)
