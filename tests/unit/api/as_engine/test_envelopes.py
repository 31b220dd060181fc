"""The engine's three envelopes."""

import json

import pytest

from acedesk.api.as_engine import envelopes
from acedesk.errors import AceDeskError, Busy, BusyReason, EngineRefused
from acedesk.formats import engine_reply


def test_they_are_what_our_own_parser_of_engines_takes() -> None:
    for answer in (envelopes.ace_reply({"a": 1}), envelopes.server_result({"a": 1})):
        assert isinstance(answer.body, bytes)
        assert engine_reply.payload(answer.body) == {"a": 1}


@pytest.mark.parametrize("make", [envelopes.ace_error, envelopes.server_error])
def test_a_refusal_is_one_for_our_own_parser(make: object) -> None:
    assert callable(make)
    answer = make("no")

    assert answer.status == 200
    with pytest.raises(EngineRefused, match="no"):
        engine_reply.payload(answer.body)


def test_error_is_null_and_never_empty() -> None:
    body = envelopes.ace_reply("ok").body
    assert isinstance(body, bytes)

    assert json.loads(body) == {"response": "ok", "error": None}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (EngineRefused("failed to load content"), "failed to load content"),
        (Busy(BusyReason.MAX_CAPACITY), "."),
    ],
)
def test_an_error_has_words(error: AceDeskError, text: str) -> None:
    assert text in envelopes.error_text(error)
