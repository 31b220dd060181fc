"""Intent and health in one word."""

import dataclasses

import pytest

from acedesk.model.engine import (
    ANSWERING,
    ENDED,
    SILENT,
    BackendId,
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineState,
    host_name,
    shown_state,
)
from acedesk.model.snapshot import EngineView

WORDS = {
    EngineHealth.STARTING: EngineState.STARTING,
    EngineHealth.READY: EngineState.READY,
    EngineHealth.SLOW: EngineState.READY,
    EngineHealth.HUNG: EngineState.UNHEALTHY,
    EngineHealth.UNREACHABLE: EngineState.UNHEALTHY,
    EngineHealth.CRASHED: EngineState.STOPPED,
    EngineHealth.STOPPED: EngineState.STOPPED,
}


@pytest.mark.parametrize("health", list(EngineHealth))
def test_the_word_of_an_engine_that_serves_is_its_health(health: EngineHealth) -> None:
    assert shown_state(EngineIntent.SERVE, health) is WORDS[health]


@pytest.mark.parametrize("health", list(EngineHealth))
@pytest.mark.parametrize("intent", [EngineIntent.DRAIN, EngineIntent.REMOVE])
def test_only_a_well_engine_is_called_draining(intent: EngineIntent, health: EngineHealth) -> None:
    word = WORDS[health]
    expected = EngineState.DRAINING if word is EngineState.READY else word

    assert shown_state(intent, health) is expected


@pytest.mark.parametrize(
    ("group", "word"),
    [
        (ANSWERING, EngineState.READY),
        (SILENT, EngineState.UNHEALTHY),
        (ENDED, EngineState.STOPPED),
    ],
)
def test_the_groups_of_health_are_those_that_people_read(
    group: frozenset[EngineHealth], word: EngineState
) -> None:
    assert group == {health for health in EngineHealth if WORDS[health] is word}


def test_a_view_cannot_contradict_itself() -> None:
    view = EngineView(
        id=EngineId("e"),
        name="engine-1",
        backend=BackendKind.DEMO,
        host="127.0.0.1",
        port=6878,
        health=EngineHealth.READY,
    )

    assert view.state is EngineState.READY
    assert dataclasses.replace(view, intent=EngineIntent.DRAIN).state is EngineState.DRAINING
    assert dataclasses.replace(view, health=EngineHealth.HUNG).state is EngineState.UNHEALTHY


@pytest.mark.parametrize(
    ("backend", "host"),
    [("docker:local", ""), ("docker:nas", "nas"), ("swarm:all", "all"), ("static", ""), ("", "")],
)
def test_a_backend_is_of_a_host_or_of_this_computer(backend: str, host: str) -> None:
    assert host_name(BackendId(backend)) == host
