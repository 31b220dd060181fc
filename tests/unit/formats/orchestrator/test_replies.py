"""What orchestrators answer: their rows, their refusals, and what is no answer at all."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import Busy, BusyReason, OrchestratorTrouble, OrchestratorUnavailable
from acedesk.formats.orchestrator import replies
from acedesk.formats.orchestrator.replies import RemoteEngine, RemoteStream
from acedesk.model.content import KeyKind, StreamKey
from tests.fakes.orchestrator import ID, engine_row, stream_row

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)
PARSERS = (
    replies.parse_engines,
    replies.parse_streams,
    replies.parse_readiness,
    replies.parse_blocked,
    replies.parse_provisioned,
)


def data(value: object) -> bytes:
    return json.dumps(value).encode()


def troubles(body: bytes) -> set[OrchestratorTrouble]:
    """Return what the parsers say of a body."""
    found = set()
    for parse in PARSERS:
        try:
            parse(body)
        except OrchestratorUnavailable as exc:
            found.add(exc.trouble)
    return found


def test_an_engine_has_its_id_address_and_health() -> None:
    found = replies.parse_engines(data([engine_row("one", 6878, draining=True)]))

    assert found == {
        "one": RemoteEngine(
            id="one",
            name="one-name",
            host="127.0.0.1",
            port=6878,
            health="healthy",
            draining=True,
        )
    }


def test_an_engine_of_the_python_era_without_a_name_is_called_by_its_id() -> None:
    row = engine_row("0123456789abcdef", 6878, container_name=None)
    del row["draining"]

    found = replies.parse_engines(data([row]))["0123456789abcdef"]

    assert (found.name, found.draining) == ("0123456789ab", False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 0},
        {"port": "6878"},
        {"port": True},
        {"port": 65536},
        {"host": None},
        {"host": "user:secret@example.org"},
        {"host": ""},
        {"container_id": ""},
        {"container_id": 5},
    ],
)
def test_a_row_that_makes_no_sense_does_not_cost_the_others(wrong: dict[str, Any]) -> None:
    rows = [{**engine_row("one", 6878), **wrong}, 17, engine_row("two", 6879)]

    assert list(replies.parse_engines(data(rows))) == ["two"]


def test_streams_that_play_have_their_content_and_engine() -> None:
    rows = [
        stream_row("first", "one", key=ID.upper()),
        stream_row("over", "one", status="ended"),
        stream_row("odd", "one", key_type="novel"),
        stream_row("odd", "one", key=7),
        {"id": "bare"},
    ]

    found = replies.parse_streams(data(rows))

    key = StreamKey(KeyKind.CONTENT_ID, ID)
    assert found == {"first": RemoteStream(id="first", key=key, engine="one")}


def test_a_content_that_is_no_valid_link_counts_as_it_is() -> None:
    found = replies.parse_streams(data([stream_row("first", "one", key="short")]))

    assert found["first"].key == StreamKey(KeyKind.CONTENT_ID, "short")


@given(JSON)
def test_whatever_json_comes_only_our_error_comes_out(value: object) -> None:
    assert troubles(data(value)) <= {OrchestratorTrouble.INVALID}
    assert isinstance(replies.parse_refusal(data(value)), Busy)


@given(st.binary())
def test_whatever_bytes_come_only_our_error_comes_out(value: bytes) -> None:
    assert troubles(value) <= {OrchestratorTrouble.INVALID}
    assert isinstance(replies.parse_refusal(value), Busy)


def test_readiness_tells_how_many_engines_are_being_made() -> None:
    found = replies.parse_readiness(data({"ready": False, "engines": 0, "provisioning": 2}))

    assert (found.ready, found.making) == (False, 2)


def test_one_that_would_make_an_engine_is_not_blocked() -> None:
    assert replies.parse_blocked(data({"provisioning": {"can_provision": True}})) is None


def test_why_it_makes_none_is_told_with_how_long_to_wait() -> None:
    details = {"code": "max_capacity", "message": "At capacity.", "recovery_eta_seconds": 30}
    status = {"can_provision": False, "blocked_reason_details": details}

    blocked = replies.parse_blocked(data({"provisioning": status}))

    assert blocked is not None
    assert (blocked.reason, blocked.detail) == (BusyReason.MAX_CAPACITY, "At capacity.")
    assert blocked.retry_after == 30.0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"detail": {"code": "vpn_disconnected", "message": "x"}}, BusyReason.VPN_DISCONNECTED),
        ({"detail": "VPN is not connected"}, BusyReason.VPN_DISCONNECTED),
        ({"detail": "Circuit breaker is open"}, BusyReason.CIRCUIT_BREAKER),
        ({"detail": "at capacity"}, BusyReason.MAX_CAPACITY),
        ({"detail": {"code": "general_error", "message": "No."}}, BusyReason.NO_ENGINE),
        ({"detail": [{"msg": "field required"}]}, BusyReason.NO_ENGINE),
        (["odd"], BusyReason.NO_ENGINE),
    ],
)
def test_a_refusal_is_understood_by_its_code_or_its_words(body: object, reason: BusyReason) -> None:
    assert replies.parse_refusal(data(body)).reason is reason


def test_a_wait_is_never_long_and_never_nothing() -> None:
    waits = [
        replies.parse_refusal(data({"detail": {"code": "x", "recovery_eta_seconds": eta}}))
        for eta in (0, 10**9, None, "soon")
    ]

    assert [one.retry_after for one in waits] == [1.0, 300.0, 10.0, 10.0]
