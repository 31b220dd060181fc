"""What an AceDesk tells the others is read as it was written, or not at all."""

import dataclasses
import json

import pytest

from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.shared.proxy_entry import (
    ProxyEntry,
    engine_address,
    proxy_name,
    read_entry,
    write_entry,
)

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
    ],
)
def test_what_is_no_entry_is_none(changed: dict[str, object]) -> None:
    assert read_entry(json.dumps({**json.loads(write_entry(ENTRY)), **changed})) is None


def test_an_entry_of_a_later_version_is_read_as_far_as_it_is_known() -> None:
    later = {"format": 9, "colour": "blue", "loads": {"a": [["content_id", "x", 0, "more"]]}}
    found = read_entry(json.dumps({**json.loads(write_entry(ENTRY)), **later}))

    assert found is not None
    assert (found.id, found.port, found.format) == ("a", 8080, 9)
    assert found.loads == {"a": (StreamKey(KeyKind.CONTENT_ID, "x"),)}


def test_what_an_entry_of_an_earlier_version_lacks_has_a_default() -> None:
    found = read_entry(json.dumps({"id": "a", "host": "192.0.2.1", "port": 8080}))

    assert found == ProxyEntry(id="a", host="192.0.2.1", port=8080, format=0)


@pytest.mark.parametrize(
    "key", [["content_id", "x"], ["of_a_later_version", "x", 0], ["content_id", "x", "0"], 5, []]
)
def test_a_content_that_makes_no_sense_is_passed_over(key: object) -> None:
    facts = {**json.loads(write_entry(ENTRY)), "loads": {"a": [key, ["content_id", "y", 1]]}}
    found = read_entry(json.dumps(facts))

    assert found is not None
    assert found.loads == {"a": (StreamKey(KeyKind.CONTENT_ID, "y", 1),)}


def test_figures_that_make_no_sense_are_none() -> None:
    facts = {**json.loads(write_entry(ENTRY)), "streams": -1, "viewers": "x", "name": 5}
    found = read_entry(json.dumps(facts))

    assert found is not None
    assert (found.streams, found.viewers, found.name) == (0, 0, "")


def test_it_is_called_by_its_computer_and_port() -> None:
    assert proxy_name(ENTRY) == "192.0.2.1:8080"
    assert proxy_name(dataclasses.replace(ENTRY, name="tv")) == "tv:8080"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "[" * 5000, "{"])
def test_other_texts_are_no_entry(text: str) -> None:
    assert read_entry(text) is None


def test_an_engine_on_a_loopback_address_is_that_of_its_computer() -> None:
    assert engine_address("127.0.0.1", 6878, "tv") != engine_address("127.0.0.1", 6878, "pc")
    assert engine_address("192.0.2.5", 6878, "") == "192.0.2.5:6878"
