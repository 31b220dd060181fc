"""Which names are ours."""

import pytest

from acedesk.rules.access.host_names import is_our_name


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1:8080",
        "192.168.1.5:8080",
        "[::1]:8080",
        "[fe80::1]",
        "localhost:8080",
        "LOCALHOST.:8080",
        "desk:8080",
        "ace_desk:8080",
        "desk.local:8080",
        "desk.lan",
        "127.1:8080",
        "127.000.000.001",
        "localhost.localdomain:8080",
        "pc.home",
        "acedesk.default.svc",
        "tv.home.arpa",
        "host.docker.internal:8080",
        "study.example.net:8080",
        "tv.example.org",
        "TV.Example.org.:443",
    ],
)
def test_ours(host: str) -> None:
    assert is_our_name(host, ("tv.example.org",), computer="Study.example.net")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example:8080",
        "localhost.evil.example",
        "x.tv.example.org",
        "evil.example@127.0.0.1:8080",
        "127.0.0.1:8080@evil.example",
        "127.0.0.1:99999",
        "evil.example.1x",
        "home.example",
        "[::1",
        " ",
        "/",
    ],
)
def test_not_ours(host: str) -> None:
    assert not is_our_name(host, ("tv.example.org",), computer="study")
