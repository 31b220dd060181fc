"""One run of ssh, and the socket to what it leads to.

It is the user's own ssh, with its configuration, keys and known hosts, as Docker's command uses
it. It sits at no terminal and never asks for anything: what it would ask for is an error that says
so. A tunnel ends when its socket is closed.
"""

import contextlib
import os
import socket
import subprocess
import threading
from typing import IO, Final

from acedesk.containers.ssh.address import NO_WINDOW, SshAddress
from acedesk.process.child_environment import child_environment

# When ssh hangs up, its last words follow at once.
LAST_WORDS_LIMIT: Final = 2.0
# What is kept of them; a banner before the login may be long.
MOST_WORDS: Final = 4000
# Windows has no sockets that a program could have for its input and output.
PUMPS: Final = os.name == "nt"
PIECE: Final = 65_536


class SshFailed(ConnectionError):
    """Ssh did not lead there, or does no longer.

    Attributes:
        code: Its exit code, None when it could not be started or has not ended.
        said: What it wrote. UNTRUSTED.
    """

    def __init__(self, code: int | None, said: str) -> None:
        super().__init__(said or f"ssh ended with {code}")
        self.code = code
        self.said = said


class SshTunnel:
    """A connection to the Docker at an address.

    Args:
        timeout: Seconds that connecting and asking may take together.
        pumps: Bytes go through threads instead of a socket that ssh has itself.

    Attributes:
        socket: Belongs to whoever asked for the tunnel; ssh ends when it is closed.

    Raises:
        SshFailed: There is no ssh here.
    """

    def __init__(self, address: SshAddress, timeout: float, *, pumps: bool = PUMPS) -> None:
        self._ended = threading.Event()
        self._said = ""
        self.socket, far = socket.socketpair()
        try:
            self._process = _start(address.command(timeout), None if pumps else far)
        except OSError as exc:
            self.socket.close()
            far.close()
            raise SshFailed(None, str(exc)) from exc
        if pumps:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            _in_thread(_to_program, far, self._process.stdin)
            _in_thread(_from_program, self._process.stdout, far)
        else:
            far.close()
        threading.Thread(target=self._watch, name="ssh", daemon=True).start()

    def failure(self) -> SshFailed:
        """Return why it hung up; its last words are waited for."""
        self._ended.wait(LAST_WORDS_LIMIT)
        return SshFailed(self._process.poll(), self._said)

    def _watch(self) -> None:
        """Read what ssh says until it ends."""
        assert self._process.stderr is not None
        with self._process.stderr as told:
            for line in told:
                self._said = (self._said + line.decode("utf-8", "replace"))[-MOST_WORDS:]
        self._process.wait()
        self._ended.set()


def _start(command: list[str], far: socket.socket | None) -> "subprocess.Popen[bytes]":
    end: int = subprocess.PIPE if far is None else far.fileno()
    return subprocess.Popen(  # noqa: S603
        command,
        env=child_environment(),
        stdin=end,
        stdout=end,
        stderr=subprocess.PIPE,
        start_new_session=True,  # no terminal to ask at, and not ended by Ctrl-C
        creationflags=NO_WINDOW,
    )


def _in_thread(copy: object, source: object, sink: object) -> None:
    assert callable(copy)
    threading.Thread(target=copy, args=(source, sink), name="ssh-pump", daemon=True).start()


def _to_program(source: socket.socket, sink: IO[bytes]) -> None:
    with contextlib.suppress(OSError), sink:
        while piece := source.recv(PIECE):
            sink.write(piece)
            sink.flush()


def _from_program(source: IO[bytes], sink: socket.socket) -> None:
    with contextlib.suppress(OSError), source, sink:
        while piece := os.read(source.fileno(), PIECE):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_RDWR)  # the other thread waits at it, and would keep it open
