"""A title that was given once is known when the content is asked for by its id alone."""

import pytest

from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.streams import known_titles
from acedesk.proxy.streams.known_titles import KnownTitles


def key(number: int, kind: KeyKind = KeyKind.CONTENT_ID) -> StreamKey:
    return StreamKey(kind=kind, value=f"{number:040x}")


def test_every_name_of_a_content_has_its_title() -> None:
    titles = KnownTitles()

    titles.learn((key(1), key(2, KeyKind.INFOHASH)), "Evening news")

    assert titles.title_of(key(1)) == "Evening news"
    assert titles.title_of(key(2, KeyKind.INFOHASH)) == "Evening news"
    assert titles.title_of(key(2)) == ""


def test_a_stream_without_a_title_does_not_take_it_away() -> None:
    titles = KnownTitles()
    titles.learn((key(1),), "Evening news")

    titles.learn((key(1),), "")

    assert titles.title_of(key(1)) == "Evening news"


def test_those_that_were_played_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_titles, "MOST_TITLES", 2)
    titles = KnownTitles()
    for number in (1, 2, 1, 3):
        titles.learn((key(number),), f"Title {number}")

    kept = [titles.title_of(key(number)) for number in (1, 2, 3)]
    assert kept == ["Title 1", "", "Title 3"]
