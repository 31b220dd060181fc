"""What ssh's last words mean; each was said by OpenSSH 9.2, Docker 20.10 and 28, or Podman 4.3."""

import pytest

from acedesk.containers.ssh.failures import judge_ssh
from acedesk.containers.ssh.tunnel import SshFailed
from acedesk.errors import RuntimeState, RuntimeUnavailable
from acedesk.words.errors import explain

URL = "ssh://eva@nas:2222"
CHANGED = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Host key verification failed.
"""
SOCKET = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run"


@pytest.mark.parametrize(
    ("code", "said", "state"),
    [
        (255, "Host key verification failed.", RuntimeState.SSH_HOST_UNKNOWN),
        (255, "No ED25519 host key is known for nas", RuntimeState.SSH_HOST_UNKNOWN),
        (255, CHANGED, RuntimeState.SSH_HOST_CHANGED),
        (255, "eva@nas: Permission denied (publickey,password).", RuntimeState.SSH_KEY_REFUSED),
        (
            255,
            "Too many authentication failures",
            RuntimeState.SSH_KEY_REFUSED,
        ),
        (1, f"Got {SOCKET}/docker.sock: Get ...", RuntimeState.HOST_FORBIDDEN),
        (1, "dial unix /run/x.sock: connect: permission denied", RuntimeState.HOST_FORBIDDEN),
        (
            1,
            "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
            RuntimeState.HOST_DOCKER_STOPPED,
        ),
        (
            1,
            "failed to open the raw stream connection: dial unix /x: connect: no such file",
            RuntimeState.HOST_DOCKER_STOPPED,
        ),
        (127, "sh: 1: docker: not found", RuntimeState.HOST_WITHOUT_DOCKER),
        (127, "sh: docker : Befehl nicht gefunden", RuntimeState.HOST_WITHOUT_DOCKER),
        (
            1,
            "'system' is not a docker command.",
            RuntimeState.HOST_WITHOUT_DOCKER,
        ),
        (
            255,
            "ssh: connect to host nas port 22: Connection refused",
            RuntimeState.HOST_AWAY,
        ),
        (255, "ssh: connect to host nas port 22: No route to host", RuntimeState.HOST_AWAY),
        (255, "Connection to 10.0.0.1 port 22 timed out", RuntimeState.HOST_AWAY),
        (
            255,
            "ssh: Could not resolve hostname nas: no name",
            RuntimeState.HOST_AWAY,
        ),
        (255, "Timeout, server nas not responding.", RuntimeState.HOST_AWAY),
        (255, "/home/eva/.ssh/config: line 1: Bad configuration option", RuntimeState.SSH_FAILED),
        (255, "", RuntimeState.SSH_FAILED),
        (None, "", RuntimeState.SSH_FAILED),
    ],
)
def test_last_words_tell_the_state(code: int | None, said: str, state: RuntimeState) -> None:
    error = judge_ssh(SshFailed(code, said), URL)

    assert error.state is state
    assert error.target == "-p 2222 eva@nas"


def test_the_line_that_tells_is_shown_and_no_banner() -> None:
    said = "Welcome to the NAS.\nPermission denied (publickey).\nGood bye.\n"

    error = judge_ssh(SshFailed(255, said), URL)

    assert error.detail == "The ssh command said: Permission denied (publickey)."
    assert explain(error).command == "ssh-copy-id -p 2222 eva@nas"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("ssh: connect to host nas port 22: Connection refused", "connect to host nas port 22: "),
        ("ssh.exe: Could not resolve hostname nas: no name", "Could not resolve hostname nas"),
        ("docker: command not found", "command not found"),
        ("kex_exchange_identification: read: Connection reset by peer", "read: Connection reset"),
    ],
)
def test_who_says_it_is_told_once_and_in_a_sentence(said: str, shown: str) -> None:
    words = explain(judge_ssh(SshFailed(255, said), URL))

    assert words.why.startswith(f"The ssh command said: {shown}")
    assert words.why.endswith(".")
    assert "Ssh" not in words.line


def _missing(error: OSError) -> RuntimeUnavailable:
    failed = SshFailed(None, str(error))
    failed.__cause__ = error
    return judge_ssh(failed, URL)


def test_an_ssh_that_is_missing_is_told_from_one_that_does_not_start() -> None:
    assert _missing(FileNotFoundError("ssh")).state is RuntimeState.SSH_MISSING
    assert _missing(PermissionError("ssh")).state is RuntimeState.SSH_FAILED
