"""What ssh's last words mean. Pure."""

import re
from typing import Final

from acedesk.containers.refusals import first_line
from acedesk.containers.ssh.address import PROGRAM, SshAddress
from acedesk.containers.ssh.tunnel import SshFailed
from acedesk.errors import RuntimeState, RuntimeUnavailable

# What a shell answers for a command that it does not find.
_NOT_FOUND: Final = 127

# Many lines begin with the name of the program that says them.
_OWN_NAME: Final = re.compile(
    r"^(ssh|kex_exchange_identification|docker|podman)(\.exe)?: +", re.IGNORECASE
)

# The first that fits. The words are those of OpenSSH 7 to 10, which are never translated, and of
# Docker's and Podman's commands on the other computer.
_SIGNS: Final = (
    (RuntimeState.SSH_HOST_CHANGED, ("host identification has changed", "offending .* key in")),
    (RuntimeState.SSH_HOST_UNKNOWN, ("host key verification failed", "host key is known")),
    (
        RuntimeState.HOST_FORBIDDEN,
        ("permission denied while trying to connect", "(dial unix|podman).*permission denied"),
    ),
    (
        RuntimeState.SSH_KEY_REFUSED,
        (
            r"permission denied \(",
            "permission denied, please",
            "too many authentication failures",
            "no supported authentication methods",
        ),
    ),
    (
        RuntimeState.HOST_DOCKER_STOPPED,
        (
            "cannot connect to the docker daemon",
            "is the docker daemon running",
            "dial (unix|tcp) .*(no such file|connection refused)",
            "(cannot|unable to) connect to podman",
            "failed to open .*connection",
        ),
    ),
    (
        RuntimeState.HOST_WITHOUT_DOCKER,
        (
            "(docker|podman).*(not found|not recognized|no such file)",
            "is not a docker command",
            "unknown (command|shorthand)",
        ),
    ),
    (
        RuntimeState.HOST_AWAY,
        (
            "could not resolve|name or service not known",
            "connection (refused|reset|closed)|closed by remote|connection to .* closed",
            "timed out|timeout|not responding|broken pipe",
            "no route to host|network is unreachable|host is down",
        ),
    ),
)


def judge_ssh(failed: SshFailed, url: str) -> RuntimeUnavailable:
    """Return what is wrong with a Docker that is asked through ssh."""
    address = SshAddress.parse(url)
    if failed.code is None and failed.__cause__ is not None:
        missing = isinstance(failed.__cause__, FileNotFoundError)
        state = RuntimeState.SSH_MISSING if missing else RuntimeState.SSH_FAILED
        return RuntimeUnavailable(state, f"“{PROGRAM}” cannot be started: {failed.said}")
    state = _state(failed)
    said = _telling_line(failed.said, state)
    detail = (
        f"The ssh command said: {said}"
        if said
        else f"The ssh command to {address.host} ended without a word."
    )
    return RuntimeUnavailable(state, detail, target=address.by_hand)


def _state(failed: SshFailed) -> RuntimeState:
    for state, signs in _SIGNS:
        if _shows(signs, failed.said):
            return state
    if failed.code == _NOT_FOUND:
        return RuntimeState.HOST_WITHOUT_DOCKER
    return RuntimeState.SSH_FAILED


def _telling_line(said: str, state: RuntimeState) -> str:
    """Return the line that shows the state; banners and warnings come before it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    signs = dict(_SIGNS).get(state, ())
    telling = [line for line in lines if _shows(signs, line)]
    chosen = (telling or lines)[-1:]
    return _OWN_NAME.sub("", first_line(chosen[0]).strip("@ ")) if chosen else ""


def _shows(signs: tuple[str, ...], said: str) -> bool:
    return any(re.search(sign, said, re.IGNORECASE) for sign in signs)
