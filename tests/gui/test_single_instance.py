"""A second launch hands over to the first."""

import json
import pathlib
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from pytestqt.qtbot import QtBot

from acedesk.tasks import cancel, spawn
from acedesk.ui.start import single_instance
from acedesk.ui.start.single_instance import (
    MOST_BYTES,
    Launch,
    SingleInstance,
    build_message,
    hand_over_when_it_listens,
    parse_message,
    server_name,
    try_hand_over,
)
from tests.gui.waiting import let_run, until

# A second launch is another process: within one, both ends would wait for each other.
HAND_OVER = (
    "import pathlib, sys\n"
    "from acedesk.ui.start.single_instance import Launch, try_hand_over\n"
    "sys.exit(0 if try_hand_over(pathlib.Path(sys.argv[1]), Launch(*sys.argv[2:])) else 3)\n"
)


def _second_launch(data_dir: pathlib.Path, *launch: str) -> "subprocess.Popen[bytes]":
    root = pathlib.Path(__file__).parent.parent.parent
    return subprocess.Popen([sys.executable, "-c", HAND_OVER, str(data_dir), *launch], cwd=root)


async def test_a_second_launch_hands_its_link_to_the_first(
    tmp_path: pathlib.Path, qtbot: QtBot
) -> None:
    first = SingleInstance(tmp_path)
    assert first.listen()
    seen: list[Launch] = []
    first.launched.connect(seen.append)

    second = _second_launch(tmp_path, "acestream://abc", "token-7")

    await until(lambda: second.poll() is not None)
    assert second.returncode == 0
    assert seen == [Launch("acestream://abc", token="token-7")]
    first.close()


async def test_a_second_launch_without_a_link_still_raises_the_window(
    tmp_path: pathlib.Path, qtbot: QtBot
) -> None:
    first = SingleInstance(tmp_path)
    first.listen()
    seen: list[Launch] = []
    first.launched.connect(seen.append)

    second = _second_launch(tmp_path)

    await until(lambda: second.poll() is not None)
    assert seen == [Launch()]
    first.close()


def test_without_a_first_one_the_answer_is_no_and_comes_at_once(
    tmp_path: pathlib.Path, qtbot: QtBot
) -> None:
    started_at = time.perf_counter()

    taken = try_hand_over(tmp_path, Launch("x"))

    assert not taken
    assert time.perf_counter() - started_at < 0.1


def test_a_socket_left_by_a_crash_does_not_matter(
    tmp_path: pathlib.Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    crashed = (
        "import socket, os, sys\n"
        "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", crashed, server_name(tmp_path)], check=False)
    assert pathlib.Path(server_name(tmp_path)).exists()

    assert not try_hand_over(tmp_path, Launch("x"))
    assert SingleInstance(tmp_path).listen()


def test_each_data_folder_has_its_own_name(tmp_path: pathlib.Path) -> None:
    assert server_name(tmp_path / "a") != server_name(tmp_path / "b")
    assert server_name(tmp_path / "a") == server_name(tmp_path / "b" / ".." / "a")


@pytest.mark.parametrize(
    "line", [b"", b"no json\n", b"[]\n", b'{"link": 7}\n', b'{"other": "x"}\n', b"\xff\xfe\n"]
)
def test_a_message_that_is_none_of_ours_is_refused(line: bytes) -> None:
    assert parse_message(line) is None


def test_a_message_that_is_too_long_is_refused() -> None:
    assert parse_message(b'{"link": "' + b"x" * MOST_BYTES + b'"}\n') is None


def test_a_message_of_the_first_version_is_understood() -> None:
    assert parse_message(b'{"link": "acestream://abc"}\n') == Launch("acestream://abc")


def test_a_message_of_a_version_to_come_is_understood_as_far_as_we_know_it() -> None:
    line = b'{"version": 9, "link": "x", "activation_token": "t", "more": [1]}\n'

    assert parse_message(line) == Launch("x", token="t")


def test_the_first_version_understands_our_message() -> None:
    message = json.loads(build_message(Launch("acestream://abc", token="t")))

    assert message["link"] == "acestream://abc"  # all that it reads


@pytest.mark.parametrize("token", ["7", '""', '"a\\u0000b"', '"\\ud800"', f'"{"x" * 2000}"', "[]"])
def test_a_token_that_is_none_is_left_out(token: str) -> None:
    line = f'{{"version": 2, "link": "x", "activation_token": {token}}}\n'

    assert parse_message(line.encode()) == Launch("x")


@given(link=st.text(), token=st.text(st.characters(categories=["L", "N", "P"]), max_size=200))
def test_what_is_sent_is_understood(link: str, token: str) -> None:
    assert parse_message(build_message(Launch(link, token))) == Launch(link, token)


@given(line=st.binary(max_size=200))
def test_no_message_breaks_the_reader(line: bytes) -> None:
    assert parse_message(line) is None or isinstance(parse_message(line), Launch)


async def test_a_stranger_that_talks_nonsense_is_hung_up_on(
    tmp_path: pathlib.Path, qtbot: QtBot
) -> None:
    first = SingleInstance(tmp_path)
    first.listen()
    seen: list[Launch] = []
    first.launched.connect(seen.append)
    stranger = QLocalSocket()
    stranger.connectToServer(server_name(tmp_path))

    stranger.write(b"GET / HTTP/1.1\n")

    unconnected = QLocalSocket.LocalSocketState.UnconnectedState
    await until(lambda: stranger.state() is unconnected)
    assert seen == []
    first.close()


class _Deaf:
    """Listens under the name and takes calls, but answers nothing of itself."""

    def __init__(self, data_dir: pathlib.Path) -> None:
        self._server = QLocalServer()
        self.calls: list[QLocalSocket] = []
        self._server.newConnection.connect(self._take)
        assert self._server.listen(server_name(data_dir))

    def _take(self) -> None:
        self.calls.append(self._server.nextPendingConnection())

    def close(self) -> None:
        self._server.close()


@pytest.mark.parametrize("launch", [Launch("acestream://abc", token="token-7"), Launch()])
async def test_a_first_one_that_listens_later_gets_the_link_once(
    tmp_path: pathlib.Path, qtbot: QtBot, launch: Launch
) -> None:
    first = SingleInstance(tmp_path)
    seen: list[Launch] = []
    first.launched.connect(seen.append)
    second = spawn(hand_over_when_it_listens(tmp_path, launch), name="second")
    await let_run()
    assert not second.done()

    first.listen()

    assert await second
    assert seen == [launch]
    first.close()


async def test_a_first_one_that_never_listens_is_given_up(
    tmp_path: pathlib.Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "LISTEN_LIMIT", 0.05)

    assert not await hand_over_when_it_listens(tmp_path, Launch("x"))


async def test_a_first_one_that_is_slow_to_answer_is_told_only_once(
    tmp_path: pathlib.Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "LISTEN_PAUSE", 0.0)
    first = _Deaf(tmp_path)
    second = spawn(hand_over_when_it_listens(tmp_path, Launch("x")), name="second")
    await until(lambda: first.calls and first.calls[0].canReadLine())
    await let_run()

    first.calls[0].write(b"o")
    first.calls[0].flush()
    await let_run()
    assert not second.done()
    first.calls[0].write(b"k\n")

    assert await second
    assert len(first.calls) == 1
    first.close()


async def test_a_first_one_that_hangs_up_is_asked_again(
    tmp_path: pathlib.Path, qtbot: QtBot
) -> None:
    first = _Deaf(tmp_path)
    second = spawn(hand_over_when_it_listens(tmp_path, Launch("x")), name="second")
    await until(lambda: first.calls)

    first.calls[0].abort()

    await until(lambda: len(first.calls) == 2 and first.calls[1].canReadLine())
    first.calls[1].write(b"ok\n")
    assert await second
    first.close()


async def test_a_first_one_that_never_answers_is_given_up_and_hung_up_on(
    tmp_path: pathlib.Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(single_instance, "LISTEN_LIMIT", 0.3)
    first = _Deaf(tmp_path)

    assert not await hand_over_when_it_listens(tmp_path, Launch("x"))

    unconnected = QLocalSocket.LocalSocketState.UnconnectedState
    await until(lambda: all(call.state() is unconnected for call in first.calls))
    assert len(first.calls) == 1
    first.close()


async def test_a_second_one_that_is_ended_hangs_up(tmp_path: pathlib.Path, qtbot: QtBot) -> None:
    first = _Deaf(tmp_path)
    second = spawn(hand_over_when_it_listens(tmp_path, Launch("x")), name="second")
    await until(lambda: first.calls)

    await cancel(second)

    assert second.cancelled()
    unconnected = QLocalSocket.LocalSocketState.UnconnectedState
    await until(lambda: first.calls[0].state() is unconnected)
    first.close()
