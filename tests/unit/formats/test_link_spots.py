import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.formats.link_spots import LONGEST_WORD, plain, words

HASH = "0a4848271c91ce2d8965ce416267c25047dc8141"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\tc\x00d", "a\n\nb cd"),
        ("é\r\nb\tc\x00d\u2028e\xa0f", "é\n\nb cd\ne f"),
        ("&amp;&lt;&quot;&#x3a;&#47;&copy;&region=1;", '&<":/&copy;&region=1;'),
        ("ＡＢ１２：／／", "AB12://"),
        ("𝟎𝐚", "0a"),
        ("a\u200db\u200c1", "ab1"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\ufeffa\u200b\u00adb", "ab"),
        ("\ud800x", "x"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_a_text_is_made_plain(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_a_long_text_is_made_plain_too() -> None:
    text = plain("é\r\na\u200d\tb" * 20_000)

    assert text == "é\na b" * 20_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"some {HASH}. more", [f"{HASH}."]),
        (f"%20{HASH}", [f"%20{HASH}"]),
        (f"x acestream://{HASH}\ny magnet:?x", [f"acestream://{HASH}", "magnet:?x"]),
        (f"{HASH}0 x{HASH} {HASH[:-1]}", []),
        ("nothing of interest: http://example.org/", []),
        ("get http://a.b/c.ACELIVE now", ["http://a.b/c.ACELIVE"]),
    ],
)
def test_only_words_with_something_of_a_link_are_looked_at(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in words(text)] == expected


def test_a_word_without_end_comes_in_pieces() -> None:
    pieces = list(words(f"{HASH}," * 2000))

    assert max(end - start for start, end in pieces) <= 2 * LONGEST_WORD
    assert pieces[-1][1] >= 41 * 2000 - len(HASH)


PIECES = st.lists(
    st.sampled_from([HASH, "acestream:", " ", "\n", "%", "é", "x", "\u200d", "magnet%"]),
    max_size=30,
).map("".join)


@given(text=st.one_of(st.text(), PIECES))
def test_words_are_in_order_and_do_not_overlap(text: str) -> None:
    text = plain(text)
    last = 0
    for start, end in words(text):
        assert last <= start < end <= len(text)
        last = end


@given(text=st.text(max_size=200))
def test_plain_text_has_no_odd_breaks_and_no_controls(text: str) -> None:
    assert not any(char < " " and char != "\n" for char in plain(text))
