"""Redirects of engines are followed within the engine that sent them, and not for ever."""

import pytest

from acedesk.acestream_api.redirects import MOST_REDIRECTS, RedirectFollower, redirected
from acedesk.errors import EngineAnswerInvalid
from acedesk.formats.http_head import ResponseHead, parse_head

ASKED = "http://127.0.0.1:6878/ace/r/0"


def moved(location: str, status: int = 302) -> ResponseHead:
    return parse_head(f"HTTP/1.1 {status} Found\r\nLocation: {location}".encode())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status: int) -> None:
    asked = RedirectFollower(ASKED)

    assert asked.follow(moved("/content/1", status))
    assert asked.url == "http://127.0.0.1:6878/content/1"


@pytest.mark.parametrize("head", [moved("/x", 200), moved("/x", 304), moved("")])
def test_what_leads_nowhere_is_the_answer(head: ResponseHead) -> None:
    asked = RedirectFollower(ASKED)

    assert not asked.follow(head)
    assert asked.url == ASKED


def test_a_redirect_is_relative_to_the_one_before() -> None:
    asked = RedirectFollower(ASKED)

    asked.follow(moved("/content/1/a"))
    asked.follow(moved("b"))

    assert asked.url == "http://127.0.0.1:6878/content/1/b"


@pytest.mark.parametrize("most", [MOST_REDIRECTS, 1])
def test_redirects_in_circles_end(most: int) -> None:
    asked = RedirectFollower(ASKED, most=most)
    for _ in range(most):
        assert asked.follow(moved("/again"))

    with pytest.raises(EngineAnswerInvalid, match="circles"):
        asked.follow(moved("/again"))


def test_an_engine_may_name_this_computer_in_another_way_than_it_was_asked() -> None:
    assert redirected("http://127.0.1.1:6878/a", "http://127.0.0.1:6878/b") == (
        "http://127.0.1.1:6878/b"
    )


def test_nothing_is_asked_of_another_place() -> None:
    asked = RedirectFollower(ASKED)

    with pytest.raises(EngineAnswerInvalid, match="another place"):
        asked.follow(moved("http://198.51.100.7:6878/x"))
    assert asked.url == ASKED


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("/content/1?a=b", "http://127.0.0.1:6878/content/1?a=b"),
        ("http://localhost:6878/x", "http://127.0.0.1:6878/x"),
        ("http://[::1]:6878/x", "http://127.0.0.1:6878/x"),
        ("//127.0.0.1:6878/x#y", "http://127.0.0.1:6878/x"),
    ],
)
def test_a_redirect_within_the_engine_leads_to_the_address_that_was_asked(
    location: str, to: str
) -> None:
    assert redirected("http://127.0.0.1:6878/ace/r/0", location) == to


@pytest.mark.parametrize(
    "location",
    [
        *("", "http://[", "http://127.0.0.1:1/x", "http://127.0.0.1:99999/x", "file:///etc/passwd"),
        *("https://127.0.0.1:6878/x", "http://example.invalid:6878/x", "//example.invalid/x"),
    ],
)
def test_a_redirect_to_another_place_is_refused(location: str) -> None:
    with pytest.raises(EngineAnswerInvalid, match="another place"):
        redirected("http://127.0.0.1:6878/ace/r/0", location)
