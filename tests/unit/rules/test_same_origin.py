"""Whose page it is, and what it may start."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.same_origin import Sender, is_foreign, may_start

PORT = 8080


def foreign(**facts: Any) -> bool:
    return is_foreign(
        Sender(**{"host": "127.0.0.1:8080", **facts}), port=PORT, computer="study.example.net"
    )


def starts(*allowed: str, **facts: Any) -> bool:
    sender = Sender(**{"host": "127.0.0.1:8080", **facts})
    return may_start(sender, allowed, port=PORT, computer="study")


def test_a_program_that_is_no_browser_is_nobodys_page() -> None:
    assert not foreign()
    assert not foreign(host="")
    assert not foreign(host="attacker.example")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("LocalHost:8080", "http://localhost:8080"),
        ("localhost.:8080", "http://localhost:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("[0::1]:8080", "http://[::1]:8080"),
        ("desk", "http://desk:80"),
        ("desk.local:8080", "http://desk.local:8080"),
        ("study.example.net:8080", "http://study.example.net:8080"),
        # Through something that has a certificate, which says so or does not.
        ("tv.example", "https://tv.example"),
        ("tv.example:8443", "https://tv.example:8443"),
    ],
)
def test_our_own_page(host: str, origin: str) -> None:
    assert not foreign(host=host, origin=origin)
    assert not foreign(host=host, referer=f"{origin}/page?x=1")
    assert not foreign(host=host, origin=origin, site="same-origin")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8080", "http://localhost:3000"),
        ("localhost:8080", "http://localhost"),
        ("localhost:8080", "http://127.0.0.1:8080"),
        ("127.0.0.1:8080", "https://127.0.0.1:8080"),
        ("desk", "http://desk:8080"),
        ("127.0.0.1:8080", "http://evil.example"),
        ("127.0.0.1:8080", "null"),
        ("127.0.0.1:8080", "http://["),
        ("", "http://evil.example"),
        # Names that a site elsewhere can have, and let mean this computer.
        ("evil.example:8080", "http://evil.example:8080"),
        ("127.0.0.1.evil.example:8080", "http://127.0.0.1.evil.example:8080"),
    ],
)
def test_a_page_of_another_site(host: str, origin: str) -> None:
    assert foreign(host=host, origin=origin)
    assert foreign(host=host, origin=origin, site="same-origin")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site"])
def test_the_browser_knows_best(site: str) -> None:
    assert foreign(site=site)
    assert foreign(site=site, origin="http://127.0.0.1:8080")


def test_a_tab_that_the_user_opened_is_nobodys_page() -> None:
    assert not foreign(site="none")


def test_the_scheme_counts_where_it_is_known() -> None:
    assert foreign(host="tv.example", origin="http://tv.example", forwarded_scheme="https")
    assert not foreign(host="tv.lan", origin="https://tv.lan", forwarded_scheme="https")
    assert foreign(host="tv.lan", origin="https://tv.lan", forwarded_scheme="http")


NAMED = frozenset({"tv.example.org", "2001:db8::1"})


def named_is_foreign(origin: str, host: str, **facts: str) -> bool:
    sender = Sender(origin=origin, host=host, names=NAMED, **facts)
    return is_foreign(sender, port=PORT, computer="study")


@pytest.mark.parametrize(
    "origin",
    [
        "http://tv.example.org:8080",
        "http://TV.example.org",
        "https://tv.example.org",
        "http://[2001:db8::1]:8080",
        "https://[2001:db8::1]",
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1:8080", "desk:8080", "tv.example.org:8080"])
def test_pages_under_our_names_are_ours_whatever_a_proxy_calls_us(origin: str, host: str) -> None:
    assert not named_is_foreign(origin, host)


@pytest.mark.parametrize(
    ("origin", "facts"),
    [
        ("https://tv.example.org:3000", {}),
        ("http://x.tv.example.org", {}),
        ("http://evil.example", {}),
        ("http://tv.example.org", {"forwarded_scheme": "https"}),
        ("https://tv.example.org", {"site": "cross-site"}),
        ("https://tv.example.org", {"site": "same-site"}),
    ],
)
def test_pages_beside_our_names_are_not(origin: str, facts: dict[str, str]) -> None:
    assert named_is_foreign(origin, "127.0.0.1:8080", **facts)


def test_a_name_that_is_ours_keeps_the_port_that_something_in_between_has() -> None:
    assert not named_is_foreign("http://tv.example.org:9000", "tv.example.org:9000")


TV = "https://tv.example.org"


@pytest.mark.parametrize("dest", ["", "empty", "video", "audio"])
def test_media_of_an_allowed_page_may_start(dest: str) -> None:
    assert starts(TV, site="cross-site", dest=dest, origin=TV)
    assert starts(TV, site="cross-site", dest=dest, referer=f"{TV}/player")
    assert starts(f"{TV}:443/", dest=dest, origin=TV)


@pytest.mark.parametrize("dest", ["image", "script", "style", "iframe", "document", "object"])
def test_nothing_else_of_an_allowed_page_may(dest: str) -> None:
    assert not starts(TV, site="cross-site", dest=dest, origin=TV)


@pytest.mark.parametrize(
    "facts",
    [
        {"site": "cross-site"},
        {"site": "cross-site", "dest": "image", "referer": "http://evil.example/"},
        {"site": "same-site", "origin": "http://127.0.0.1:3000"},
        {"origin": "https://tv.example.org:444"},
        {"origin": "http://tv.example.org"},
        {"origin": "null"},
        {"referer": "http://evil.example/"},
        # The origin is the browser's word; a referer beside it says nothing more.
        {"origin": "http://evil.example", "referer": f"{TV}/"},
    ],
)
def test_other_pages_start_nothing(facts: dict[str, str]) -> None:
    assert not starts(TV, **facts)


_words = st.sampled_from(["", "cross-site", "same-site", "same-origin", "none", "x"])
_places = st.sampled_from(["", "null", "http://a:80", "https://a", "http://[::1]:8080", "http://["])


@given(
    st.builds(
        Sender,
        host=st.one_of(st.text(), st.sampled_from(["a", "[::1]:8080", "a:80"])),
        site=_words,
        dest=st.sampled_from(["", "image", "video"]),
        origin=st.one_of(_places, st.text()),
        referer=st.one_of(_places, st.text()),
        forwarded_scheme=st.one_of(st.sampled_from(["", "https", "http, https"]), st.text()),
    )
)
def test_whoever_may_start_is_ours_or_nobodys_page_or_allowed(sender: Sender) -> None:
    facts = {"port": PORT, "computer": "study"}
    own = not is_foreign(sender, port=PORT, computer="study")

    assert may_start(sender, (), **facts) == own  # type: ignore[arg-type]
    assert not own or may_start(sender, ("http://a",), **facts)  # type: ignore[arg-type]
    if sender.site in ("cross-site", "same-site"):
        assert not own


@given(
    scheme=st.sampled_from(["http", "https"]),
    one=st.integers(1, 65535),
    other=st.integers(1, 65535),
)
def test_two_ports_are_two_sites(scheme: str, one: int, other: int) -> None:
    assert foreign(host=f"desk:{one}", origin=f"{scheme}://desk:{other}") == (
        one != other or (scheme == "https" and one == PORT)
    )
