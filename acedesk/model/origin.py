"""The origin of a web page: scheme, host and port (RFC 6454)."""

from urllib.parse import urlsplit

from acedesk.model.host import normal_host
from acedesk.values import frozen_value

_DEFAULT_PORTS = {"http": 80, "https": 443}


@frozen_value(kw_only=False)
class Origin:
    """What a browser tells sites apart by.

    Attributes:
        scheme: "http" or "https".
        host: Lower case, without brackets and without a dot at the end.
        port: 1 to 65535; the scheme's default where none was written.
    """

    scheme: str
    host: str
    port: int


def parse_origin(text: str) -> Origin | None:
    """Return the origin of an address; None for "null" and whatever else names no web site."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
        host = normal_host(parts.hostname or "")
    except ValueError:
        return None
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None or not host:
        return None
    return Origin(parts.scheme, host, port or default)


def parse_site(text: str) -> frozenset[Origin]:
    """Return the origins that a person means by `text`; both schemes' where it has none.

    Empty when the text is no address of a site.
    """
    forms = (text,) if "://" in text else (f"http://{text}", f"https://{text}")
    return frozenset(origin for form in forms if (origin := parse_origin(form)) is not None)
