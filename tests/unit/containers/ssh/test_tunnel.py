"""A run of ssh: its socket, its end, its last words; programs stand in for it."""

import pathlib
import socket

import pytest

from acedesk.containers.ssh.address import SshAddress
from acedesk.containers.ssh.tunnel import PUMPS, SshFailed, SshTunnel
from tests.unit.containers.ssh.conftest import Install

NAS = SshAddress(host="nas")
ECHO = "while piece := os.read(0, 9999): os.write(1, piece)"


def _open(*, pumps: bool = False) -> SshTunnel:
    made = SshTunnel(NAS, 5.0, pumps=pumps)
    made.socket.settimeout(20.0)
    return made


def _read_all(source: socket.socket) -> bytes:
    found = b""
    while piece := source.recv(65_536):
        found += piece
    return found


@pytest.mark.parametrize("pumps", [False, True])
def test_bytes_go_both_ways_until_one_side_ends(install_ssh: Install, pumps: bool) -> None:
    install_ssh(ECHO)
    sent = bytes(range(256)) * 1000
    tunnel = _open(pumps=pumps)
    with tunnel.socket as near:
        near.sendall(b"hello")
        assert near.recv(100) == b"hello"
        for at in range(0, len(sent), 8192):
            near.sendall(sent[at : at + 8192])
            got = b""
            while len(got) < len(sent[at : at + 8192]):
                got += near.recv(65_536)
            assert got == sent[at : at + 8192]
        near.shutdown(socket.SHUT_WR)
        assert _read_all(near) == b""


@pytest.mark.parametrize("pumps", [False, True])
def test_ssh_ends_when_its_socket_is_closed(
    install_ssh: Install, pumps: bool, tmp_path: pathlib.Path
) -> None:
    install_ssh(f"{ECHO}\nsys.stderr.write('bye')")
    tunnel = _open(pumps=pumps)
    tunnel.socket.sendall(b"1")
    assert tunnel.socket.recv(1) == b"1"

    tunnel.socket.close()

    assert tunnel._ended.wait(20)
    assert (tunnel.failure().code, tunnel.failure().said) == (0, "bye")


@pytest.mark.parametrize("pumps", [False, True])
def test_its_last_words_say_why_it_hung_up(install_ssh: Install, pumps: bool) -> None:
    words = "print('x' * 9000, 'Host key verification failed.', sep=chr(10), file=sys.stderr)"
    install_ssh(f"{words}\nsys.exit(255)")
    tunnel = _open(pumps=pumps)

    with tunnel.socket as near:
        assert _read_all(near) == b""
        assert tunnel._ended.wait(20)
        failed = tunnel.failure()

    assert failed.code == 255
    assert failed.said.endswith("Host key verification failed.\n")
    assert len(failed.said) < 5000


def test_it_sits_at_no_terminal_and_gets_the_users_own_environment(
    install_ssh: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    install_ssh("print(os.getsid(0) == os.getpid(), 'QT_QPA_PLATFORM' in os.environ, flush=True)\n")

    with _open().socket as near:
        assert _read_all(near) == b"True False\n"


def test_a_computer_without_ssh_is_told(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SshFailed) as caught:
        _open(pumps=PUMPS)

    assert caught.value.code is None
    assert isinstance(caught.value.__cause__, FileNotFoundError)
