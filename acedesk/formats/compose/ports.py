"""Ports that a service of a compose file publishes. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from acedesk.model.settings_import.source import PublishedPort

_SHORT: Final = re.compile(
    r"(?:(?P<host>\[[0-9A-Fa-f:.]*\]|[0-9.]+|[A-Za-z][A-Za-z0-9.-]*|):)?(?:(?P<port>[0-9]*)(?:-[0-9]+)?:)?"
    r"(?P<target>[0-9]{1,5})(?:-[0-9]+)?(?:/(?P<protocol>[a-z]+))?"
)
_NUMBER: Final = re.compile(r"([0-9]{1,5})(?:-[0-9]{1,5})?")
_LAST: Final = 65535


def read_port(written: Any) -> PublishedPort | None:
    """Return the port, of a range its first one; None for what is no TCP port.

    Args:
        written: A text, or the long form as a map; variables are put in already.
    """
    if isinstance(written, Mapping):
        return _long(written)
    found = _SHORT.fullmatch(str(written).strip())
    if found is None or (found["protocol"] or "tcp") != "tcp":
        return None
    host, port = found["host"] or "", found["port"] or ""
    if host.isdecimal() and not port:  # "8080:80" is a port, no address
        host, port = "", host
    return _port(str(written).strip(), host.strip("[]"), port, found["target"])


def _long(written: Mapping[str, Any]) -> PublishedPort | None:
    if str(written.get("protocol") or "tcp") != "tcp":
        return None
    host, port = str(written.get("host_ip") or ""), str(written.get("published") or "")
    target = str(written.get("target") or "")
    text = ":".join(part for part in (host, port, target) if part)
    return _port(text, host, port, target)


def _port(text: str, host: str, port: str, target: str) -> PublishedPort | None:
    numbers = [_NUMBER.fullmatch(one or "0") for one in (port, target)]
    if None in numbers:
        return None
    published, inside = (int(one[1]) for one in numbers if one is not None)
    if not (0 <= published <= _LAST and 0 < inside <= _LAST):
        return None
    return PublishedPort(text=text, host=host, port=published, target=inside)
