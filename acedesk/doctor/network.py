"""Whether the proxy can listen where it is told to."""

import errno
import urllib.parse

from acedesk import settings
from acedesk.doctor.finding import Finding, Level
from acedesk.errors import PortInUse
from acedesk.store import ports
from acedesk.store.lock import Running
from acedesk.words.errors import explain

DEFAULT_PORT = settings.default("port")


def check_port(host: str, port: int, running: Running | None) -> Finding:
    """Tell whether `host`:`port` is free, or who holds it."""
    name = f"Port {port}" if port else "Port"
    if port == 0:
        return Finding(name, Level.PASS, "Any free one is taken when AceDesk starts.")
    if running and urllib.parse.urlsplit(running.base_url).port == port:
        return Finding(name, Level.PASS, f"AceDesk itself listens on {running.base_url}.")
    problem = ports.problem(host, port)
    if problem is None:
        return Finding(name, Level.PASS, f"Free on {host}.")
    if problem.errno == errno.EACCES:
        return Finding(
            name,
            Level.FAIL,
            "Ports below 1024 are for administrators.",
            f"Choose a higher one: --port {ports.next_free(host, DEFAULT_PORT - 1)}.",
        )
    if problem.errno != errno.EADDRINUSE:
        return Finding(
            name, Level.FAIL, f"{host} is no address of this computer.", "Use --host 127.0.0.1."
        )
    holder, following = ports.holder_of(host, port), ports.next_free(host, port)
    words = explain(PortInUse(host, port, holder=holder, next_free=following))
    return Finding(name, Level.FAIL, words.what, words.action)
