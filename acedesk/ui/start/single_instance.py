"""One AceDesk for each data folder: a second launch hands its link to the first and ends."""

import asyncio
import contextlib
import getpass
import hashlib
import json
import logging
import os
import pathlib

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from acedesk.process.startup_notification import is_token
from acedesk.tasks import sleep
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

# A link has at most 64 KiB; JSON may double that. More is no message of ours.
MOST_BYTES = 256 * 1024
# A local socket answers within a millisecond; the first AceDesk may be busy for one slot.
CONNECT_MS = 80
ANSWER_MS = 1500
# The first AceDesk listens once it has started: slow imports are over when it holds the data
# folder, and `compose.SETTLE_LIMIT` is the longest wait that comes then.
LISTEN_LIMIT = 5.0
# Ten tries a second: nobody notices the delay, and one costs less than a millisecond.
LISTEN_PAUSE = 0.1
_ANSWER = b"ok\n"
# 0.1.0 sent {"link": ...} without a version, and reads that much of a newer message.
VERSION = 2


@frozen_value(kw_only=False)
class Launch:
    """What a second launch hands over.

    Attributes:
        link: A text to play, "" for none: the window is wanted.
        token: Lets the first one show its window; "" where the desktop gave none.
    """

    link: str = ""
    token: str = ""


def server_name(data_dir: pathlib.Path) -> str:
    """Return the name of the local socket: one for each user and data folder."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    seed = f"{user}\n{data_dir.expanduser().resolve()}".encode()
    name = f"acedesk-{hashlib.sha256(seed).hexdigest()[:20]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # Only the user can write there; elsewhere Qt puts the socket into the temporary folder.
    return str(pathlib.Path(runtime) / name) if runtime and pathlib.Path(runtime).is_dir() else name


def try_hand_over(data_dir: pathlib.Path, launch: Launch) -> bool:
    """Hand the launch over to a running AceDesk.

    Returns:
        True when another AceDesk took it: this process has nothing left to do.
    """
    socket = QLocalSocket()
    socket.connectToServer(server_name(data_dir))
    if not socket.waitForConnected(CONNECT_MS):
        return False
    socket.write(build_message(launch))
    answered = socket.waitForReadyRead(ANSWER_MS)
    taken = answered and bytes(socket.readAll().data()).startswith(_ANSWER)
    socket.disconnectFromServer()
    return bool(taken)


async def hand_over_when_it_listens(data_dir: pathlib.Path, launch: Launch) -> bool:
    """Hand the launch to an AceDesk that may still be starting; the loop is not blocked.

    Returns:
        True when it took it, False when it did not within `LISTEN_LIMIT`.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LISTEN_LIMIT):
            while not await _Offer().make(server_name(data_dir), build_message(launch)):
                await sleep(LISTEN_PAUSE)
            return True
    return False


def build_message(launch: Launch) -> bytes:
    """Return the line that a second launch sends."""
    facts = {"version": VERSION, "link": launch.link, "activation_token": launch.token}
    return json.dumps(facts).encode() + b"\n"


class _Offer(QObject):
    """One try to hand over, by signals.

    Once connected it waits for the answer: a second try then could play the link twice.
    """

    def __init__(self) -> None:
        super().__init__()
        self._taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._socket = QLocalSocket(self)
        self._socket.readyRead.connect(self._read)
        # Also comes when the other side hangs up.
        self._socket.errorOccurred.connect(self._fail)

    async def make(self, name: str, message: bytes) -> bool:
        """Return whether the message was taken; the caller sets the deadline."""
        self._socket.connected.connect(lambda: self._socket.write(message))
        try:
            self._socket.connectToServer(name)
            return await self._taken
        finally:
            self._socket.abort()
            self.deleteLater()

    def _read(self) -> None:
        if self._socket.canReadLine():
            self._settle(bytes(self._socket.readLine().data()) == _ANSWER)

    def _fail(self) -> None:
        self._settle(taken=False)

    def _settle(self, taken: bool) -> None:
        # The refusal may come twice, and after the wait was given up.
        if not self._taken.done():
            self._taken.set_result(taken)


class SingleInstance(QObject):
    """Listens for second launches.

    Signals:
        launched: A second launch handed over this `Launch`.
    """

    launched = Signal(object)

    def __init__(self, data_dir: pathlib.Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = server_name(data_dir)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)

    def listen(self) -> bool:
        """Begin to listen; a socket that a crash left behind is removed first.

        To be called after the data folder was locked: then no AceDesk that runs has this name.
        """
        QLocalServer.removeServer(self._name)
        listening = self._server.listen(self._name)
        if not listening:
            logger.warning("second launches are not noticed: %s", self._server.errorString())
        return listening

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self._server.close()

    def _accept(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            _Conversation(socket, self)


class _Conversation(QObject):
    """Reads one line from a second launch."""

    def __init__(self, socket: QLocalSocket, owner: SingleInstance) -> None:
        super().__init__(owner)
        self._owner = owner
        self._socket = socket
        socket.setParent(self)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(self.deleteLater)
        if socket.bytesAvailable():
            self._read()

    def _read(self) -> None:
        if not self._socket.canReadLine():
            if self._socket.bytesAvailable() > MOST_BYTES:
                self._socket.abort()
            return
        launch = parse_message(bytes(self._socket.readLine(MOST_BYTES + 1).data()))
        if launch is None:
            self._socket.abort()
            return
        self._socket.write(_ANSWER)
        self._socket.flush()
        self._socket.disconnectFromServer()
        self._owner.launched.emit(launch)


def parse_message(line: bytes) -> Launch | None:
    """Return what a message hands over, of any version; None when it is none of ours."""
    if len(line) > MOST_BYTES:
        return None
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("link"), str):
        return None
    token = message.get("activation_token")
    known = token if isinstance(token, str) and is_token(token) else ""
    return Launch(link=message["link"], token=known)
