"""HTTP through ssh; a program stands in for it."""

import pytest
import urllib3
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from acedesk.containers.ssh.pool import SshPool
from acedesk.containers.ssh.tunnel import SshFailed
from tests.unit.containers.ssh.conftest import Install

ANSWERS = """
while True:
    asked = b""
    while not asked.endswith(b"\\r\\n\\r\\n"):
        piece = os.read(0, 9999)
        if not piece: sys.exit()
        asked += piece
    body = b"%d %s" % (os.getpid(), asked.split()[1])
    os.write(1, b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
"""


def _ask(pool: SshPool, path: str) -> list[str]:
    return pool.request("GET", path, retries=False).data.decode().split()


def test_one_run_of_ssh_answers_one_question_after_the_other(install_ssh: Install) -> None:
    install_ssh(ANSWERS)
    pool = SshPool("ssh://nas", 20.0)

    (first, one), (second, two) = _ask(pool, "/a"), _ask(pool, "/b")
    pool.close()

    assert (one, two) == ("/a", "/b")
    assert first == second


def test_what_ssh_says_instead_of_an_answer_is_in_the_error(install_ssh: Install) -> None:
    install_ssh("sys.stderr.write('Permission denied (publickey).')\nsys.exit(255)")
    pool = SshPool("ssh://nas", 20.0)

    with pytest.raises((ProtocolError, SshFailed)) as caught:
        _ask(pool, "/a")
    pool.close()

    cause = caught.value.__context__ if isinstance(caught.value, ProtocolError) else caught.value
    assert isinstance(cause, SshFailed)
    assert (cause.code, cause.said) == (255, "Permission denied (publickey).")


def test_a_computer_that_is_silent_is_waited_for_no_longer_than_a_call_may_take(
    install_ssh: Install,
) -> None:
    install_ssh("os.read(0, 9999)\nos.read(0, 9999)")
    pool = SshPool("ssh://nas", 0.3)

    with pytest.raises(ReadTimeoutError):
        pool.request("GET", "/a", retries=False, timeout=urllib3.Timeout(0.3))
    pool.close()
