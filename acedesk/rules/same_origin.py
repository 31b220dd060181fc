"""Whose page sends a request, and what such a page may do here.

A browser sends requests to any address that a page names. It says whose page it was: in
Sec-Fetch-Site (W3C Fetch Metadata; only to addresses it trusts, such as the loopback), else in
Origin (Fetch Standard 3.2), else in Referer. Programs that are no browsers say nothing.
"""

from collections.abc import Iterable
from typing import Final

from acedesk.model.host import join_port, read_address
from acedesk.model.origin import Origin, parse_origin, parse_site
from acedesk.values import frozen_value

# No site on the Internet has a name in these: RFC 6761, 6762 and 8375, ICANN's .internal (2024);
# .lan is only custom, but delegated to nobody.
_LOCAL_NAMES: Final = (
    *(".localhost", ".local", ".localdomain", ".home.arpa", ".internal", ".lan", ".home", ".svc"),
)

# What plays: <video>, <audio>, and fetch() or XMLHttpRequest of a player such as hls.js. "" is a
# browser that does not say what it asks for.
_MEDIA: Final = frozenset({"", "empty", "video", "audio"})


@frozen_value
class Sender:
    """What a request says of who sent it; header values, "" where one is missing.

    Attributes:
        host: The Host header: the name and port that the sender has for us.
        forwarded_scheme: X-Forwarded-Proto. A page cannot gain by it: it widens what is ours to
            "https" under the same name, where only the owner of that name has pages.
        site, dest: Sec-Fetch-Site and Sec-Fetch-Dest.
        names: By which people reach us, as `normal_host` writes them.
    """

    host: str
    forwarded_scheme: str = ""
    site: str = ""
    dest: str = ""
    origin: str = ""
    referer: str = ""
    names: frozenset[str] = frozenset()

    @property
    def page(self) -> Origin | None:
        """The origin of the page, None when there is none or it is not told."""
        return parse_origin(self.origin or self.referer)


def is_foreign(sender: Sender, *, port: int, computer: str) -> bool:
    """Tell whether the request comes from a page that is not ours.

    1. Sec-Fetch-Site decides where it says "cross-site" or "same-site"; the latter is another
       port or another name of the same domain.
    2. Else the page's origin must be ours: scheme, host and port. A reverse proxy may ask us by
       another name than that of the page; one of our names is ours all the same.
    3. Over plain HTTP any other name must not be one that a site on the Internet can have, because
       that site may let its name resolve to this computer (DNS rebinding).

    Args:
        port: The one we listen on.
        computer: This computer's own name.
    """
    if sender.site.strip().lower() in ("cross-site", "same-site"):
        return True
    if not (sender.origin or sender.referer):
        return False
    page = sender.page
    if page is None:
        return True
    if page.host in sender.names:
        host = f"[{page.host}]" if ":" in page.host else page.host
        own = {join_port(page.host, port), host, sender.host}
        return not any(page in _own(name, sender.forwarded_scheme, port) for name in own)
    if page not in _own(sender.host, sender.forwarded_scheme, port):
        return True
    return page.scheme == "http" and is_public_name(page.host, computer.lower())


def may_start(sender: Sender, allowed: Iterable[str], *, port: int, computer: str) -> bool:
    """Tell whether the request may start a stream: not from a page of another site.

    Exempt is media of a page whose origin is in `allowed`.
    """
    if not is_foreign(sender, port=port, computer=computer):
        return True
    page = sender.page
    if page is None or sender.dest.strip().lower() not in _MEDIA:
        return False
    return any(page in parse_site(site) for site in allowed)


def _own(host: str, forwarded_scheme: str, port: int) -> set[Origin]:
    """Return the origins that pages under a name may have, written as in a Host header.

    We speak plain HTTP. A Host with another port than ours comes through something in between,
    which may have a certificate; it says so in X-Forwarded-Proto, or it does not.
    """
    plain, secure = (parse_origin(f"{scheme}://{host}") for scheme in ("http", "https"))
    forwarded = forwarded_scheme.partition(",")[0].strip().lower()
    if forwarded in ("http", "https"):
        found = {"http": plain, "https": secure}[forwarded]
        return {found} if found else set()
    direct = plain is not None and plain.port == port
    return {one for one in (plain, None if direct else secure) if one is not None}


def is_public_name(name: str, computer: str) -> bool:
    """Tell whether a site on the Internet may have this name."""
    # No name ends with a number (RFC 3696, 2): "127.1" is an address that some do not write out.
    is_name = read_address(name) is None and not name.rpartition(".")[2].isdecimal()
    return is_name and "." in name and not name.endswith(_LOCAL_NAMES) and name != computer
