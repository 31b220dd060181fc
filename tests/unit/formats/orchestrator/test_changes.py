"""Messages of the WebSocket: what they make of the picture before."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import OrchestratorUnavailable
from acedesk.formats.orchestrator.changes import Picture, apply_message
from tests.fakes.orchestrator import engine_row, stream_row


def apply(before: Picture, **message: Any) -> Picture:
    return apply_message(before, json.dumps(message))


@pytest.fixture
def whole() -> Picture:
    return apply(
        Picture(),
        type="snapshot",
        revision="r-1",
        engines=[engine_row("one", 1), engine_row("two", 2)],
        streams=[stream_row("first", "one")],
        vpn=[],
    )


def test_a_snapshot_is_the_whole_picture(whole: Picture) -> None:
    after = apply(whole, type="snapshot", revision="r-9", engines=[], streams=[])

    assert (len(whole.engines), len(whole.streams), whole.revision) == (2, 1, "r-1")
    assert after == Picture(revision="r-9")


def test_changes_add_replace_and_remove_rows(whole: Picture) -> None:
    after = apply(
        whole,
        type="changes",
        revision="r-2",
        engines={"changed": [engine_row("one", 9), engine_row("new", 3)], "removed": ["two"]},
    )

    assert {one.id: one.port for one in after.engines.values()} == {"one": 9, "new": 3}
    assert (after.streams, after.revision) == (whole.streams, "r-2")


def test_a_stream_that_has_ended_is_none_any_more(whole: Picture) -> None:
    over = {"changed": [], "removed": ["first"]}

    assert apply(whole, type="changes", revision="r-2", streams=over).streams == {}


def test_a_changed_row_that_is_no_use_any_more_is_gone(whole: Picture) -> None:
    stopped = {"changed": [engine_row("one", 0)], "removed": []}

    assert list(apply(whole, type="changes", engines=stopped).engines) == ["two"]


def test_resuming_changes_nothing(whole: Picture) -> None:
    assert apply(whole, type="resumed", revision="r-1") == whole


@pytest.mark.parametrize(
    "text", ["", "[]", '{"type": "poem"}', '{"type": "snapshot"}', '{"type": "changes"', "{}"]
)
def test_what_is_no_such_message_is_an_error(text: str) -> None:
    with pytest.raises(OrchestratorUnavailable):
        apply_message(Picture(), text)


def test_changes_of_another_shape_are_an_error(whole: Picture) -> None:
    wrong: list[object] = [[], {"changed": {}}, {"removed": "all"}]
    for part in wrong:
        with pytest.raises(OrchestratorUnavailable):
            apply(whole, type="changes", engines=part)


@given(st.dictionaries(st.sampled_from(["one", "two", "three"]), st.integers(1, 65535)))
def test_changes_one_by_one_come_to_the_same_as_a_snapshot(ports: dict[str, int]) -> None:
    rows = [engine_row(name, port) for name, port in ports.items()]
    step_by_step = Picture()
    for row in rows:
        changed = {"changed": [row], "removed": []}
        step_by_step = apply(step_by_step, type="changes", engines=changed)

    at_once = apply(Picture(), type="snapshot", engines=rows, streams=[])

    assert step_by_step.engines == at_once.engines
