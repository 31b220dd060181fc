"""Which names this AceDesk goes by.

A site on the Internet may let its own name mean this computer (DNS rebinding). Its pages are then
"ours" to the browser, and the name in the Host header is all that tells.
"""

from collections.abc import Iterable

from acedesk.model.host import normal_host
from acedesk.model.origin import parse_origin
from acedesk.rules.same_origin import is_public_name


def is_our_name(host: str, names: Iterable[str], *, computer: str) -> bool:
    """Tell whether a Host header names us: an address, a name no site can have, or one of `names`.

    Args:
        host: Name or address, with a port or without; "" where the request has none (HTTP/1.0).
        names: What people reach this AceDesk by.
        computer: This computer's own name.
    """
    if not host:
        return True
    origin = parse_origin(f"http://{host}")
    if origin is None or "@" in host:
        return False
    if not is_public_name(origin.host, computer.lower()):
        return True
    return any(origin.host == normal_host(name) for name in names)
