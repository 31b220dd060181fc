"""Whether the proxy can listen where it is told to."""

import urllib.parse

from acedesk.doctor.finding import Finding, Level
from acedesk.store import ports
from acedesk.store.lock import Running
from acedesk.words.errors import explain, terminal_hint


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
    error = ports.listen_error(host, port, problem)
    words = explain(error)
    advice = " ".join(part for part in (words.action, terminal_hint(error)) if part)
    return Finding(name, Level.FAIL, words.what, advice)
