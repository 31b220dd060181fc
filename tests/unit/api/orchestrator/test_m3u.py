"""Channel lists whose addresses lead elsewhere afterwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.api.orchestrator.m3u import lead_through, lead_to

BASE = "http://192.168.1.5:8080"
ID = "aB" * 20


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://127.0.0.1:6878/ace/getstream?id=x", f"{BASE}/ace/getstream?id=x"),
        ("http://localhost/ace", f"{BASE}/ace"),
        ("http://[::1]:6878/x", f"{BASE}/x"),
        ("http://localhost.example/x", "http://localhost.example/x"),
        (f"acestream://{ID}", f"{BASE}/ace/getstream?id={ID}"),
        (f"acestream:?infohash={ID}", f"{BASE}/ace/getstream?infohash={ID}"),
        ("acestream://short", "acestream://short"),
        (f"acestream://{ID}0", f"acestream://{ID}0"),
    ],
)
def test_local_addresses_and_links_lead_to_us(before: str, after: str) -> None:
    assert lead_to(f"#EXTM3U\n#EXTINF:-1,News\n{before}\n", BASE).split("\n")[2] == after


def test_every_address_leads_through_us_and_comments_stay() -> None:
    text = "#EXTM3U\n#EXTINF:-1 logo=http://x/y,News\nhttp://a/b?c=d&e\nrtsp://q\nname\n"

    assert lead_through(text, BASE).split("\n") == [
        "#EXTM3U",
        "#EXTINF:-1 logo=http://x/y,News",
        f"{BASE}/proxy?url=http%3A%2F%2Fa%2Fb%3Fc%3Dd%26e",
        f"{BASE}/proxy?url=rtsp%3A%2F%2Fq",
        "name",
        "",
    ]


@pytest.mark.timeout(10)
@pytest.mark.parametrize("blank", ["\n", " ", "\r\n", "\t \n"])
def test_a_list_of_nothing_but_blanks_is_read_at_once(blank: str) -> None:
    text = blank * 300_000

    assert lead_through(text, BASE) == text


def test_empty_lines_and_ends_of_lines_stay() -> None:
    text = "\n  http://a/b \r\n\nhttp://c\n\n"

    assert lead_through(text, BASE).splitlines() == [
        "",
        f"{BASE}/proxy?url=http%3A%2F%2Fa%2Fb",
        "",
        f"{BASE}/proxy?url=http%3A%2F%2Fc",
        "",
    ]


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(lead_to(lead_through(text, BASE), BASE), str)
