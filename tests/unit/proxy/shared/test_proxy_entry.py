"""What an AceDesk tells the others is read as it was written, or not at all."""

import json

import pytest

from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.shared.proxy_entry import ProxyEntry, engine_address, read_entry, write_entry

KEY = StreamKey(KeyKind.URL, "http://example.org/a?b=ü", 2)
ENTRY = ProxyEntry(id="a", host="192.0.2.1", port=8080, token="t", loads={"192.0.2.5:6878": (KEY,)})


def test_an_entry_is_read_as_it_was_written() -> None:
    assert read_entry(write_entry(ENTRY)) == ENTRY


@pytest.mark.parametrize(
    "changed",
    [
        {"port": 0},
        {"port": 70000},
        {"port": "x"},
        {"port": float("inf")},
        {"host": ""},
        {"host": 5},
        {"token": "a\r\nHost: b"},
        {"id": None},
        {"loads": []},
        {"loads": {"a": [["content_id", "x"]]}},
        {"loads": {"a": [["nothing", "x", 0]]}},
        {"loads": {"a": [["content_id", "x", "0"]]}},
    ],
)
def test_what_is_no_entry_is_none(changed: dict[str, object]) -> None:
    assert read_entry(json.dumps({**json.loads(write_entry(ENTRY)), **changed})) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "[" * 5000, "{"])
def test_other_texts_are_no_entry(text: str) -> None:
    assert read_entry(text) is None


def test_an_engine_on_a_loopback_address_is_that_of_its_computer() -> None:
    assert engine_address("127.0.0.1", 6878, "tv") != engine_address("127.0.0.1", 6878, "pc")
    assert engine_address("192.0.2.5", 6878, "") == "192.0.2.5:6878"
