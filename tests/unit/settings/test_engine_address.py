"""The address of an engine, as people write and paste it."""

import hypothesis
import pytest
from hypothesis import strategies as st

from acedesk.settings.engine_address import parse_address


@pytest.mark.parametrize("host", ["localhost", "10.0.0.1", "engine-1", "::1", "fe80::1%eth0"])
@hypothesis.given(port=st.integers(1, 65535))
def test_any_address_is_split_as_it_was_joined(host: str, port: int) -> None:
    joined = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    assert parse_address(joined) == (host, port)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://192.168.1.5:6878", ("192.168.1.5", 6878)),
        ("http://192.168.1.5:6878/", ("192.168.1.5", 6878)),
        ("HTTP://192.168.1.5:7000/webui/player/0a48?autoplay=1#x", ("192.168.1.5", 7000)),
        ("http://192.168.1.5:6878/ace/getstream?id=a:b@c", ("192.168.1.5", 6878)),
        ("//192.168.1.5:7000", ("192.168.1.5", 7000)),
        ("192.168.1.5", ("192.168.1.5", 6878)),
        ("http://192.168.1.5", ("192.168.1.5", 6878)),
        ("192.168.1.5:", ("192.168.1.5", 6878)),
        ("host:6878/", ("host", 6878)),
        ("host/webui", ("host", 6878)),
        ("HOST", ("host", 6878)),
        ("NAS.Local.:7000", ("nas.local", 7000)),
        ("localhost:06878", ("localhost", 6878)),
        ("  host : 7000  ", ("host", 7000)),
        ("192.168.1.5\t7000", ("192.168.1.5", 7000)),
        ("\u200b192.168.1.5:7000\ufeff", ("192.168.1.5", 7000)),
        ("１９２.１６８.１.５：６８７８", ("192.168.1.5", 6878)),
        ("[::1]:7000", ("::1", 7000)),
        ("[::1]", ("::1", 6878)),
        ("::1", ("::1", 6878)),
        ("http://[FD00:0::5]:7000/webui", ("fd00::5", 7000)),
        ("fd00::12", ("fd00::12", 6878)),
        ("fe80::1%eth0", ("fe80::1%eth0", 6878)),
        ("2001:db8:1:2:3:4:5:6878", ("2001:db8:1:2:3:4:5:6878", 6878)),
        ("::1:7000", ("::1", 7000)),
        ("häuschen:7000", ("häuschen", 7000)),
    ],
)
def test_what_people_write_and_paste_is_understood(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "port", ["0", "65536", "70000", "-1", "+80", "8_0", "٨٠", "1e3", "9" * 5000]
)
def test_a_port_of_an_address_is_plain_digits_within_bounds(port: str) -> None:
    for text in (f"host:{port}", f"http://[::1]:{port}/webui"):
        with pytest.raises(ValueError, match="must be a number from 1 to 65535"):
            parse_address(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "“” is not host:port"),
        (":", "“:” is not host:port"),
        ("nas..", "is not host:port"),
        ("http://", "“http://” is not host:port"),
        ("[]:80", "is not host:port"),
        ("[::1", "is not host:port"),
        ("[::1]80", "is not host:port"),
        ("a:b:80", "is not host:port"),
        ("two hosts:80", "is not host:port"),
        ("https://192.168.1.5:6878", "encrypted address"),
        ("HTTPS://host", "encrypted address"),
        ("acestream://0a48", "acestream: link, no engine"),
        ("tcp://host:2375", "tcp: link, no engine"),
        ("me:secret@host:6878", "“host:6878” stands behind a name and a password"),
        ("https://me:secret@host/webui", "“host” stands behind a name and a password"),
    ],
)
def test_what_is_refused_is_told_with_an_example(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"such as 127\.0\.0\.1:6878") as refused:
        parse_address(text)

    assert words in str(refused.value)
    assert "secret" not in str(refused.value)


@hypothesis.given(text=st.text() | st.text(alphabet="aF09:[]%./@ h tp１：", max_size=30))
def test_any_text_is_an_address_or_refused_in_words(text: str) -> None:
    address, words = ("", 0), ""
    try:
        address = parse_address(text)
    except ValueError as exc:
        words = str(exc)

    if words:
        assert words.startswith(("“", "the port in “"))
    else:
        assert address[0]
        assert 1 <= address[1] <= 65535
        again = f"[{address[0]}]:{address[1]}" if ":" in address[0] else "{}:{}".format(*address)
        assert parse_address(again) == address
