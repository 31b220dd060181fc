"""The loop of the desktop: what asyncio promises, in turns that Qt's own events share."""

import asyncio
import contextlib
import contextvars
import os
import pathlib
import socket
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtCore import QEventLoop as NestedLoop
from PySide6.QtWidgets import QApplication

from acedesk.tasks import sleep
from acedesk.ui.qt.event_loop import make_event_loop
from tests.gui.waiting import let_run, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is qasync's own")


OPEN_FILES = pathlib.Path("/proc/self/fd")
WHO = contextvars.ContextVar("WHO", default="nobody's")


class Told(QObject):
    """Takes an event of Qt and writes it down."""

    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said

    def customEvent(self, _event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Qt calls it."""
        self._said.append("Qt")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return two ends of one connection."""
    with contextlib.ExitStack() as stack:
        ends = socket.socketpair()
        for end in ends:
            end.setblocking(False)
            stack.enter_context(end)
        yield ends


async def test_callbacks_run_in_the_order_of_the_calls() -> None:
    loop = asyncio.get_running_loop()
    said: list[int] = []

    for number in range(50):
        loop.call_soon(said.append, number)
    await until(lambda: len(said) == 50)

    assert said == list(range(50))


async def test_what_threads_ask_for_is_run_all_of_it_in_their_order() -> None:
    loop = asyncio.get_running_loop()
    said: list[tuple[int, int]] = []

    def ask(name: int) -> None:
        for number in range(200):
            loop.call_soon_threadsafe(said.append, (name, number))

    threads = [threading.Thread(target=ask, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    await until(lambda: len(said) == 800)

    for name in range(4):
        assert [number for which, number in said if which == name] == list(range(200))
    for thread in threads:
        thread.join()


async def test_a_callback_of_a_thread_runs_on_the_loop_in_the_context_it_was_given() -> None:
    loop = asyncio.get_running_loop()
    found: list[tuple[str, bool]] = []
    context = contextvars.Context()
    context.run(WHO.set, "the thread's")

    def look() -> None:
        found.append((WHO.get(), threading.current_thread() is threading.main_thread()))

    await asyncio.to_thread(lambda: loop.call_soon_threadsafe(look, context=context))
    await until(lambda: found)

    assert found == [("the thread's", True)]
    assert WHO.get() == "nobody's"


async def test_events_of_qt_come_while_callbacks_follow_each_other() -> None:
    loop = asyncio.get_running_loop()
    said: list[str] = []
    told = Told(said)

    def go_on() -> None:
        if "Qt" not in said:
            said.append("callback")
            loop.call_soon(go_on)

    go_on()
    QCoreApplication.postEvent(told, QEvent(QEvent.Type.User))
    await until(lambda: "Qt" in said)

    assert said.count("callback") <= 4


async def test_timers_of_qt_come_while_callbacks_follow_each_other() -> None:
    rung: list[str] = []
    QTimer.singleShot(0, lambda: rung.append("at once"))
    QTimer.singleShot(5, lambda: rung.append("later"))

    async with asyncio.timeout(5):
        while len(rung) < 2:
            await sleep(0)

    assert rung == ["at once", "later"]


async def test_what_was_cancelled_does_not_run() -> None:
    loop = asyncio.get_running_loop()
    said: list[str] = []

    handle = loop.call_soon(said.append, "cancelled")
    loop.call_soon(said.append, "kept")
    handle.cancel()
    await until(lambda: said)

    assert said == ["kept"]


async def test_a_callback_that_fails_holds_up_nothing() -> None:
    loop = asyncio.get_running_loop()
    failed: list[object] = []
    said: list[str] = []
    loop.set_exception_handler(lambda _loop, context: failed.append(context["exception"]))

    loop.call_soon(int, "no number")
    loop.call_soon(said.append, "next")
    await until(lambda: said)

    assert [type(error) for error in failed] == [ValueError]


async def test_a_loop_inside_a_callback_does_not_hold_up_the_others() -> None:
    loop = asyncio.get_running_loop()
    inside = NestedLoop()
    said: list[str] = []

    def menu() -> None:
        QTimer.singleShot(5000, inside.quit)  # were it held up
        inside.exec()
        said.append("closed")

    def choose() -> None:
        said.append("chosen")
        inside.quit()

    loop.call_soon(menu)
    loop.call_soon(choose)
    await until(lambda: len(said) == 2)

    assert said == ["chosen", "closed"]


async def test_a_descriptor_is_told_as_long_as_it_is_ready(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    loop = asyncio.get_running_loop()
    near, far = pair
    read: list[bytes] = []
    loop.add_reader(near, lambda: read.append(near.recv(1)))

    far.send(b"abc")
    await until(lambda: len(read) == 3)

    assert loop.remove_reader(near)
    assert not loop.remove_reader(near)
    far.send(b"d")
    await let_run(20)
    assert read == [b"a", b"b", b"c"]


async def test_the_newest_of_two_readers_is_the_one(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    loop = asyncio.get_running_loop()
    near, far = pair
    said: list[str] = []

    loop.add_reader(near, said.append, "old")
    loop.add_reader(near, lambda: said.append(near.recv(1).decode()))
    far.send(b"a")
    await until(lambda: said)

    assert said == ["a"]
    loop.remove_reader(near)


async def test_one_descriptor_is_read_and_written(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    loop = asyncio.get_running_loop()
    near, far = pair
    said: list[str] = []

    def write() -> None:
        loop.remove_writer(near)
        said.append("written")

    loop.add_reader(near, lambda: said.append(near.recv(1).decode()))
    loop.add_writer(near, write)
    await until(lambda: said)
    far.send(b"r")
    await until(lambda: len(said) == 2)

    assert said == ["written", "r"]
    loop.remove_reader(near)


async def test_the_end_of_a_connection_is_told_to_who_writes(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    loop = asyncio.get_running_loop()
    near, far = pair
    with contextlib.suppress(BlockingIOError):
        while True:
            near.send(bytes(65536))
    ended = asyncio.Event()
    loop.add_writer(near, ended.set)

    far.close()
    async with asyncio.timeout(5):
        await ended.wait()

    assert loop.remove_writer(near)


async def test_a_reader_that_another_removes_in_the_same_turn_is_not_called() -> None:
    loop = asyncio.get_running_loop()
    first, first_far = socket.socketpair()
    second, second_far = socket.socketpair()
    said: list[str] = []

    def take(name: str) -> None:
        said.append(name)
        loop.remove_reader(first)
        loop.remove_reader(second)

    loop.add_reader(first, take, "first")
    loop.add_reader(second, take, "second")
    first_far.send(b"a")
    second_far.send(b"a")
    await until(lambda: said)
    await let_run(20)

    assert len(said) == 1
    for end in (first, first_far, second, second_far):
        end.close()


async def test_a_number_that_comes_again_is_watched_again() -> None:
    loop = asyncio.get_running_loop()
    read: list[bytes] = []
    near, far = socket.socketpair()
    loop.add_reader(near.fileno(), lambda: None)
    number = near.fileno()
    near.close()  # and nobody said so
    far.close()

    near, far = socket.socketpair()
    if near.fileno() != number:
        os.dup2(near.fileno(), number)
    loop.add_reader(number, lambda: read.append(os.read(number, 1)))
    far.send(b"a")
    await until(lambda: read)

    assert loop.remove_reader(number)
    for end in (near, far):
        end.close()


async def test_what_cannot_be_watched_is_not_kept(tmp_path: pathlib.Path) -> None:
    loop = asyncio.get_running_loop()
    said: list[str] = []
    with (tmp_path / "a file").open("wb") as file:
        number = file.fileno()
        with pytest.raises(PermissionError):
            loop.add_reader(number, said.append, "of a file")
    near, far = socket.socketpair()
    if near.fileno() != number:
        os.dup2(near.fileno(), number)

    far.send(b"a")
    loop.add_writer(number, loop.remove_writer, number)
    await let_run(20)

    assert said == []
    assert not loop.remove_reader(number)
    for end in (near, far):
        end.close()


def test_nothing_runs_while_the_loop_does_not(qapp: QApplication) -> None:
    loop = make_event_loop(qapp)
    said: list[str] = []
    with loop:
        loop.call_soon(said.append, "soon")
        for _ in range(5):
            qapp.processEvents()
        assert said == []

        loop.run_until_complete(sleep(0))

        assert said == ["soon"]


def test_what_was_left_runs_when_the_loop_goes_on(qapp: QApplication) -> None:
    loop = make_event_loop(qapp)
    said: list[str] = []

    async def leave() -> None:
        loop.call_soon(loop.call_soon, said.append, "left")

    with loop:
        loop.run_until_complete(leave())
        before = list(said)
        loop.run_until_complete(sleep(0))

    assert before == []
    assert said == ["left"]


def test_a_closed_loop_has_nothing_open_and_takes_no_notice(qapp: QApplication) -> None:
    before = len(list(OPEN_FILES.iterdir()))
    loop = make_event_loop(qapp)
    loop.close()

    loop.call_soon_threadsafe(pytest.fail, "it ran")
    loop.close()
    qapp.processEvents()

    assert len(list(OPEN_FILES.iterdir())) == before
