"""The address of an engine as people write it: one reader for settings, command line and window."""

import re
import unicodedata
from typing import Final

from acedesk.model.host import normal_host, read_address

# Where an engine listens unless it is told otherwise.
USUAL_PORT: Final = 6878

_EXAMPLE: Final = "such as 127.0.0.1:6878"
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)?:?//", re.IGNORECASE)
# What is copied along and cannot be seen.
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_BLANKS_AROUND_COLON: Final = re.compile(r"\s*:\s*")
# Two numbers apart, as in a table: "192.168.1.5 6878".
_PORT_BEHIND_BLANK: Final = re.compile(r"(\S+)\s+(\d{1,5})$", re.ASCII)
_NO_HOST: Final = re.compile(r"[\s/@?#\\\[\]\"'<>|^`{}]")
_LONG_PORT: Final = re.compile(r"[1-9]\d{3,4}", re.ASCII)


def parse_address(text: str) -> tuple[str, int]:
    """Return host and port of an engine.

    A scheme (http only), a path, blanks around, capitals, full-width digits and a missing port
    are understood; IPv6 stands in brackets where a port follows. In IPv6 without brackets, a last
    group of four decimal digits or more is a port if the rest is an address.

    Raises:
        ValueError: With a plain sentence that says what to write.
    """
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).strip()
    found = _SCHEME.match(plain)
    place = _without_path(plain[found.end() :] if found else plain)
    if found:
        _check_scheme((found[1] or "http").lower(), text)
    place = _BLANKS_AROUND_COLON.sub(":", place.strip())
    if behind := _PORT_BEHIND_BLANK.fullmatch(place):
        place = f"{behind[1]}:{behind[2]}"
    host, port = _split(place)
    if not host.strip(".") or ".." in host or _NO_HOST.search(host):
        raise ValueError(f"“{text}” is not host:port, {_EXAMPLE}")
    return normal_host(host), _port(port, text)


def _check_scheme(scheme: str, text: str) -> None:
    if scheme == "https":
        raise ValueError(
            f"“{text}” is an encrypted address (https). Engines speak plain HTTP: "
            f"write host:port, {_EXAMPLE}"
        )
    if scheme != "http":
        raise ValueError(f"“{text}” is a {scheme}: link, no engine: write host:port, {_EXAMPLE}")


def _without_path(place: str) -> str:
    place = re.split(r"[/?#]", place, maxsplit=1)[0]
    if "@" in place:
        # The text is not repeated: it may hold a password.
        raise ValueError(
            f"“{place.rpartition('@')[2]}” stands behind a name and a password. Engines take "
            f"neither: write host:port, {_EXAMPLE}"
        )
    return place


def _split(place: str) -> tuple[str, str | None]:
    """Return host and the text of the port, None for none."""
    if place.startswith("["):
        host, bracket, rest = place[1:].partition("]")
        # What is no address is told so by the brackets that stay.
        if not bracket or not _is_ipv6(host) or (rest and not rest.startswith(":")):
            return place, None
        return host, rest.removeprefix(":") or None
    before, colon, last = place.rpartition(":")
    if not colon:
        return place, None
    if ":" not in before:
        return before, last or None
    if _is_ipv6(before) and _LONG_PORT.fullmatch(last):
        return before, last
    return (place, None) if _is_ipv6(place) else ("", None)


def _is_ipv6(host: str) -> bool:
    address = read_address(host)
    return address is not None and address.version == 6


def _port(port: str | None, text: str) -> int:
    if port is None:
        return USUAL_PORT
    digits = port.lstrip("0")
    # The length first: thousands of digits are more than `int` takes.
    if not (port.isascii() and digits.isdigit() and len(digits) <= 5 and int(digits) <= 65535):
        raise ValueError(f"the port in “{text}” must be a number from 1 to 65535")
    return int(digits)
