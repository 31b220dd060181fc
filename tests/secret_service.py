"""A session bus with GNOME Keyring on it, of a test's own."""

import contextlib
import os
import pathlib
import signal
import subprocess
from collections.abc import Iterator, Mapping

from tests.needs import need_program

PASSWORD = "a password"
_COLLECTION = "/org/freedesktop/secrets/collection/login"


class SecretServiceSession:
    """What a desktop has: a session bus, and the keyring that was unlocked at login.

    Args:
        folder: An empty one; HOME of both.

    Attributes:
        environ: Variables for programs of this session.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._daemon: subprocess.Popen[bytes] | None = None
        env = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        env.pop("DISPLAY", None)  # nobody is there to be asked for a password
        self._bus = subprocess.Popen(
            [need_program("dbus-daemon"), "--session", "--nofork", "--nosyslog", "--print-address"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**env, "XDG_DATA_DIRS": str(folder / "none")},  # starts nothing by itself
        )
        assert self._bus.stdout is not None
        address = self._bus.stdout.readline().decode().strip()
        self.environ: Mapping[str, str] = {"DBUS_SESSION_BUS_ADDRESS": address}
        self._env = {**env, **self.environ}

    def unlock(self) -> None:
        """Start the keyring, unlocked; its folder is made by the first start."""
        self._start("--unlock", said=PASSWORD)

    def start_locked(self) -> None:
        """Start the keyring as it is after a login without a password."""
        self._start("--start", "--foreground", said="")

    def lock(self) -> None:
        """Lock what was unlocked."""
        service = ["org.freedesktop.secrets", "/org/freedesktop/secrets"]
        method = "org.freedesktop.Secret.Service.Lock"
        self._call("--dest", service[0], "--object-path", service[1], "--method", method)

    def freeze(self) -> None:
        """Let the keyring hang."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGCONT)

    def kill_keyring(self) -> None:
        """End the keyring; the bus stays."""
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.communicate()
            self._daemon = None

    def stop(self) -> None:
        """End both."""
        self.kill_keyring()
        self._bus.kill()
        self._bus.communicate()

    def _start(self, *options: str, said: str) -> None:
        words = ["--foreground", "--components=secrets", *options]
        with (self._folder / "keyring.log").open("ab") as log:
            self._daemon = subprocess.Popen(
                [need_program("gnome-keyring-daemon"), *dict.fromkeys(words)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._env,
            )
        assert self._daemon.stdin is not None
        self._daemon.stdin.write(said.encode())
        self._daemon.stdin.close()
        done = subprocess.run(
            [need_program("gdbus"), "wait", "--session", "--timeout=20", "org.freedesktop.secrets"],
            env=self._env,
            check=False,
        )
        assert done.returncode == 0, (self._folder / "keyring.log").read_text()

    def _call(self, *words: str) -> None:
        subprocess.run(
            [need_program("gdbus"), "call", "--session", *words, f"['{_COLLECTION}']"],
            env=self._env,
            check=True,
            stdout=subprocess.DEVNULL,
        )


@contextlib.contextmanager
def secret_service(folder: pathlib.Path) -> Iterator[SecretServiceSession]:
    """Yield a session whose keyring does not run yet."""
    folder.mkdir(parents=True, exist_ok=True)
    session = SecretServiceSession(folder)
    try:
        yield session
    finally:
        session.stop()
