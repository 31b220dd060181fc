"""What one setting's value must look like beyond its type and bounds. Pure.

Each check returns the reason why a value is refused, fit to be shown beside the field, "" for none.
"""

import re
import shlex
import urllib.parse
from typing import Final

from acedesk.model.host import read_address
from acedesk.settings.engine_address import parse_address

# As Docker itself reads an image's reference: host, path in lower case, tag, digest.
_IMAGE: Final = re.compile(
    r"(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?/)?"
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+|/)[a-z0-9]+)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
    r"(?:@[A-Za-z0-9]+:[0-9A-Fa-f]{32,128})?"
)
_LONGEST_IMAGE: Final = 512
_LONGEST_HOST: Final = 253  # RFC 1035, 2.3.4
_LONGEST_LABEL: Final = 63


def host_problem(text: str) -> str:
    """Return why one cannot listen on `text`, whatever this computer's addresses are."""
    if not text.strip():
        return "must not be empty: 127.0.0.1 serves this computer, 0.0.0.0 the whole network"
    if len(text.split()) > 1:
        return "must be one address, without blanks"
    if text.startswith("[") or "/" in text or (text.count(":") == 1 and not text.endswith(":")):
        return "must be an address alone, without port, brackets or “http://”"
    return "" if _is_host(text) else "must be an address, such as 127.0.0.1 or 0.0.0.0"


def _is_host(text: str) -> bool:
    if read_address(text) is not None:
        return True
    labels = text.removesuffix(".").split(".")
    plain = all(
        0 < len(one) <= _LONGEST_LABEL and one.replace("-", "").replace("_", "").isalnum()
        for one in labels
    )
    # A name's last part is never a number (RFC 3696, 2): "192.168.1" is an address cut short.
    return plain and len(text) <= _LONGEST_HOST and not labels[-1].isdecimal()


def image_problem(text: str) -> str:
    """Return why `text` cannot be the name of an image."""
    fits = len(text) <= _LONGEST_IMAGE and _IMAGE.fullmatch(text)
    return "" if fits else "must be the name of an image, such as owner/name:tag"


def arguments_problem(text: str) -> str:
    """Return why `text` cannot be split into arguments."""
    try:
        shlex.split(text)
    except ValueError:
        return "has a quote or a backslash that is not finished"
    return ""


def variable_problem(text: str) -> str:
    """Return why `text` cannot set a variable of a container."""
    name, equals, _ = text.partition("=")
    fits = equals and name and not any(sign.isspace() for sign in name)
    return "" if fits else "must be NAME=value"


def redis_problem(text: str) -> str:
    """Return why `text` cannot be the address of a Redis; it is not repeated: it has a password."""
    scheme, mark, rest = text.partition("://")
    known = mark and rest and scheme in ("redis", "rediss", "unix") and len(text.split()) == 1
    return "" if known or not text else "must be an address such as redis://192.168.1.5:6379"


def proxy_problem(text: str) -> str:
    """Return why `text` cannot be where other AceDesks reach this one."""
    if not text:
        return ""
    try:
        parse_address(text)
    except ValueError as exc:
        return str(exc)
    return ""


def container_problem(text: str) -> str:
    """Return why `text` cannot be the name of a container."""
    return "must be the name of one container, without blanks" if len(text.split()) > 1 else ""


def orchestrator_problem(text: str) -> str:
    """Return why `text` cannot be the address of an orchestrator; empty is none at all."""
    wanted = "must be an address such as http://192.168.1.5:8000"
    if not text:
        return ""
    try:
        parts = urllib.parse.urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return wanted
    if "@" in parts.netloc:
        return "must not hold a name or a password; the key has a setting of its own"
    plain = text.isascii() and text.isprintable() and " " not in text and "\\" not in text
    if not plain or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        return wanted
    return wanted if port == 0 or host_problem(host) else ""


def key_problem(text: str) -> str:
    """Return why `text` cannot be sent as a key; the text is not repeated."""
    fits = text.isascii() and text.isprintable() and " " not in text
    return "" if fits else "must have plain letters, digits and signs only, and no blanks"
