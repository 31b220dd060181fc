"""What a value must look like beyond its type: each is judged while it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.settings import checks


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "0.0.0.0", "::", "::1", "192.168.1.5", "localhost", "nas", "nas.local"),
        *("fe80::1%eth0", "my_pc", "büro.example", "tv.example.", "10.0.0.1"),
    ],
)
def test_these_can_be_listened_on(text: str) -> None:
    assert checks.host_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "empty"),
        ("a b", "blanks"),
        ("abc def ghi", "blanks"),
        ("192.168.1", "must be an address"),
        ("192.168.1.300", "must be an address"),
        ("1.2.3.4.5", "must be an address"),
        ("12345", "must be an address"),
        ("me?", "must be an address"),
        ("a..b", "must be an address"),
        ("x" * 300, "must be an address"),
        ("127.0.0.1:8080", "without port"),
        ("[::1]", "brackets"),
        ("http://127.0.0.1", "http://"),
        ("192.168.1.0/24", "alone"),
    ],
)
def test_these_cannot_and_the_reason_says_why(text: str, part: str) -> None:
    assert part in checks.host_problem(text)


@pytest.mark.parametrize(
    "text",
    [
        *("engine", "ghcr.io/martinbjeldbak/acestream-http-proxy", "owner/name:3.2.11"),
        *("localhost:5000/owner/name", "a/b@sha256:" + "0" * 64, "name:Tag_1.x"),
    ],
)
def test_these_are_images(text: str) -> None:
    assert checks.image_problem(text) == ""


@pytest.mark.parametrize("text", ["", "two words", "Owner/Name", "a/b:", "/a", "a//b", "-a", "a@b"])
def test_these_are_none(text: str) -> None:
    assert checks.image_problem(text)


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    for problem in (
        checks.host_problem,
        checks.image_problem,
        checks.arguments_problem,
        checks.container_problem,
    ):
        assert isinstance(problem(text), str)


def test_arguments_need_their_quotes_finished() -> None:
    assert checks.arguments_problem("--a 'b c' --d=1") == ""
    assert "quote" in checks.arguments_problem("--a 'b")


def test_a_container_has_one_name() -> None:
    assert checks.container_problem("gluetun") == ""
    assert checks.container_problem("") == ""
    assert "blanks" in checks.container_problem("my vpn")


@pytest.mark.parametrize(
    "text",
    [
        *("", "http://127.0.0.1:8000", "http://nas:8000/", "https://tv.example.org"),
        *("http://[fd00::5]:8000", "http://nas/api/v1"),
    ],
)
def test_these_are_addresses_of_orchestrators(text: str) -> None:
    assert checks.orchestrator_problem(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("nas:8000", "127.0.0.1", "ftp://nas", "http://", "http://nas:0", "http://nas:99999"),
        *(
            "http://nas/?key=1",
            "http://nas/#x",
            "http://a b",
            "http://n\u00e4s/\u00e4",
            "http://[x",
        ),
        *("http://192.168.1:8000", "redis://nas"),
    ],
)
def test_these_are_none_of_an_orchestrator(text: str) -> None:
    assert "such as http://" in checks.orchestrator_problem(text)


def test_a_password_in_the_address_is_refused_without_repeating_it() -> None:
    problem = checks.orchestrator_problem("http://eva:s3cret@nas:8000")

    assert "setting of its own" in problem
    assert "s3cret" not in problem


def test_a_key_is_what_a_header_can_hold() -> None:
    assert checks.key_problem("") == checks.key_problem("aB3-_.~+/=") == ""
    assert all("blanks" in checks.key_problem(text) for text in ("two words", "\u00fc", "a\nb"))


@pytest.mark.parametrize(
    "text", ["", "redis://192.0.2.1", "rediss://u:p@h:1/2", "unix:///run/r.sock"]
)
def test_addresses_of_a_redis(text: str) -> None:
    assert checks.redis_problem(text) == ""


@pytest.mark.parametrize("text", ["192.0.2.1", "http://192.0.2.1", "redis://", "redis://a b", "x"])
def test_what_is_no_address_of_a_redis_is_not_repeated(text: str) -> None:
    assert checks.redis_problem(text).startswith("must be an address")


def test_where_other_acedesks_reach_this_one() -> None:
    assert checks.proxy_problem("") == checks.proxy_problem("192.0.2.1:8080") == ""
    assert checks.proxy_problem("http://") != ""
