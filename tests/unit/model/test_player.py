import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.player import fill_command, split_command

ADDRESS = "http://127.0.0.1:8080/ace/getstream?id=1&x=2"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mpv {url}", ("mpv", "{url}")),
        ("  mpv   --fs {url} ", ("mpv", "--fs", "{url}")),
        ('"/opt/my player/bin" --u={url}', ("/opt/my player/bin", "--u={url}")),
        ("'C:\\Program Files\\mpv\\mpv.exe' {url}", ("C:\\Program Files\\mpv\\mpv.exe", "{url}")),
        ("C:\\mpv\\mpv.exe {url}", ("C:\\mpv\\mpv.exe", "{url}")),
        ("p --t='{title} live' -- {url} # no", ("p", "--t={title} live", "--", "{url}", "#", "no")),
    ],
)
def test_a_command_is_split_at_blanks_outside_of_quotes(text: str, words: tuple[str, ...]) -> None:
    assert split_command(text) == words


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mpv", "must have {url}"),
        ("", "must have {url}"),
        ("mpv {URL}", "must have {url}"),
        ("mpv url", "must have {url}"),
        ("{url}", "must begin with the name of a program"),
        ("--u={url} mpv", "must begin with the name of a program"),
        ("mpv '{url}", "a quote that is not closed"),
        ("mpv {url} | tee x", "cannot have “|”"),
        ("mpv {url} &", "cannot have “&”"),
        ("mpv {url} > /dev/null", "cannot have “>”"),
    ],
)
def test_a_command_that_cannot_be_used_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        split_command(text)

    assert reason in str(caught.value)


def test_address_and_title_come_into_their_places() -> None:
    words = ("mpv", "--t={title}", "{title}", "{url}", "x{url}y")

    assert fill_command(words, ADDRESS, "Sport 1") == (
        *("mpv", "--t=Sport 1", "Sport 1", ADDRESS, f"x{ADDRESS}y"),
    )


def test_a_title_that_is_a_place_itself_stays_as_it_is() -> None:
    assert fill_command(("p", "--t={title}", "{url}"), ADDRESS, "{url}") == (
        *("p", "--t={url}", ADDRESS),
    )


@given(title=st.text())
def test_no_title_adds_a_word_or_becomes_an_option(title: str) -> None:
    filled = fill_command(("p", "{title}", "--t={title}", "{url}"), ADDRESS, title)

    assert len(filled) == 4
    assert not filled[1].startswith("-")


@given(text=st.text() | st.lists(st.sampled_from(["mpv", "{url}", "'", " ", "|"])).map("".join))
def test_any_text_is_split_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        words = split_command(text)
        assert any("{url}" in word for word in words[1:])
