import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.formats.link_titles import LONGEST_TITLE, title_near

LINK = "acestream://0a4848271c91ce2d8965ce416267c25047dc8141"


def title(text: str) -> str:
    start = text.index(LINK)
    return title_near(text, start, start + len(LINK))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'#EXTINF:-1 a="b,c",Sport, HD\n#EXTGRP:x\n\n{LINK}', "Sport, HD"),
        (f"#EXTINF:-1,Sport\nhttp://other/\n{LINK}", ""),
        (f'#EXTINF:-1 tvg-name="Sport",\n{LINK}', "Sport"),
        (f"[Sport]({LINK})", "Sport"),
        (f"<a href='{LINK}'><b>Sport</b></a>", "Sport"),
        (f"<a href='{LINK}'>{LINK}</a>", ""),
        (f"* 3. Sport 1 (HD): {LINK}", "Sport 1 (HD)"),
        (f"Sport — AceStream link: {LINK}", "Sport"),
        (f"name: Sport\nid: {LINK}", "Sport"),
        (f"{LINK} - Sport;  more", "Sport"),
        (f"Sport 1, Sport 2 {LINK}", "Sport 2"),
    ],
)
def test_a_link_is_called_by_what_is_beside_it(text: str, expected: str) -> None:
    assert title(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        LINK,
        f"you can watch it here: {LINK}",
        f"mpv {LINK}",
        f"Player.exe {LINK}",
        f"Run --now {LINK}",
        f"NAME={LINK}x {LINK}",
        f"This is a long sentence about nothing that goes on and on until {LINK}",
        f"12 {LINK}",
        f"See http://example.org/ {LINK}",
    ],
)
def test_sentences_commands_and_numbers_are_no_titles(text: str) -> None:
    assert title(text) == ""


@given(before=st.text(), after=st.text())
def test_any_words_make_one_short_line(before: str, after: str) -> None:
    text = f"{before}{LINK}{after}"

    found = title_near(text, len(before), len(before) + len(LINK))

    assert len(found) <= LONGEST_TITLE
    assert "\n" not in found
