"""What is said of Dockers of other computers."""

import pytest

from acedesk.errors import RuntimeState
from acedesk.model.engine import BackendId
from acedesk.model.snapshot import HostView, RuntimeView
from acedesk.words.hosts import host_engines, host_place, host_state, host_trouble, kind


def _host(state: RuntimeState | None = RuntimeState.READY, **changes: object) -> HostView:
    runtime = RuntimeView(state=state, detail="28.1", target="eva@nas")
    base = {"name": "nas", "backend_id": BackendId("docker:nas"), "address": "ssh://nas"}
    return HostView(**{**base, "runtime": runtime, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [s for s in RuntimeState if s is not RuntimeState.READY])
def test_each_trouble_has_a_word_a_sentence_and_something_to_do(state: RuntimeState) -> None:
    host = _host(state)

    told = host_trouble(host)

    assert host_state(host)[1:] == ("bad", "cross")
    assert told is not None
    assert told.action
    assert "{" not in told.line


def test_a_host_that_works_or_is_not_known_has_no_trouble() -> None:
    assert host_state(_host())[0] == "Ready"
    assert host_state(_host(None))[0] == "Looking"
    assert host_state(_host(RuntimeState.HOST_AWAY, waiting=True))[0] == "After a restart"
    assert host_trouble(_host()) is None
    assert host_trouble(_host(None)) is None
    assert host_trouble(_host(RuntimeState.HOST_AWAY, waiting=True)) is None


def test_words_for_each_state_are_short() -> None:
    assert host_state(_host(RuntimeState.HOST_AWAY))[0] == "Away"
    assert host_state(_host(RuntimeState.PODMAN_STOPPED))[0] == "Stopped"
    assert host_state(_host(RuntimeState.CERTIFICATE_NAME))[0] == "Not usable"


def test_engines_are_counted_and_how_they_are_reached_is_told() -> None:
    assert host_engines(_host(), 1) == "1 engine"
    assert host_engines(_host(limit=4), 2) == "2 of 4 engines"
    assert host_place(_host(reach="at 10.0.0.1")) == "Docker 28.1 · reached at 10.0.0.1"
    assert host_place(_host(swarm=True)) == "Swarm 28.1 · engines on its nodes"


def test_what_it_is_is_told_with_its_version_while_that_is_true() -> None:
    assert kind(_host()) == "Docker 28.1"
    assert kind(_host(address="Podman")) == "Podman 28.1"
    assert kind(_host(RuntimeState.HOST_AWAY, swarm=True)) == "Swarm"
