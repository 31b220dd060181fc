"""Closing and quitting: asked once, never in a nested loop, and no window is ever lost."""

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from acedesk.tasks import spawn
from acedesk.ui.dialogs import AskDialog, Choice, ask
from acedesk.ui.shell.closing import Application, Closing
from acedesk.ui.shell.main_window import MainWindow
from tests.gui.fake_desk import FakeDesk, empty_snapshot
from tests.gui.waiting import let_run, until


def _dialog(window: QWidget) -> AskDialog:
    return window.findChildren(AskDialog)[-1]


def _closing(window: MainWindow, desk: FakeDesk, *, has_tray: bool) -> tuple[Closing, list[str]]:
    ended: list[str] = []
    closing = Closing(
        window, desk, has_tray=lambda: has_tray, quit_now=lambda: ended.append("quit")
    )
    window.close_wanted.connect(closing.close)
    window.quit_wanted.connect(closing.quit)
    return closing, ended


async def test_closing_asks_once_and_keeps_running_in_the_tray(
    window: MainWindow, desk: FakeDesk
) -> None:
    _kept, ended = _closing(window, desk, has_tray=True)
    window.close()
    await until(lambda: window.findChildren(AskDialog))
    assert window.isVisible()

    dialog = _dialog(window)
    dialog.check.setChecked(True)
    dialog.buttons["tray"].click()

    await until(lambda: not window.isVisible())
    assert desk.settings.current.close_action == "tray"
    assert ended == []


async def test_the_remembered_choice_is_not_asked_again(window: MainWindow, desk: FakeDesk) -> None:
    await desk.settings.save({"close_action": "tray"})
    _kept = _closing(window, desk, has_tray=True)

    window.close()

    await until(lambda: not window.isVisible())
    assert window.findChildren(AskDialog) == []


async def test_without_a_tray_the_window_is_minimised_and_never_lost(
    window: MainWindow, desk: FakeDesk
) -> None:
    await desk.settings.save({"close_action": "tray"})
    _kept = _closing(window, desk, has_tray=False)

    window.close()

    await until(window.isMinimized)
    assert window.isVisible()


async def test_cancelling_the_question_changes_nothing(window: MainWindow, desk: FakeDesk) -> None:
    _kept, ended = _closing(window, desk, has_tray=True)
    window.close()
    await until(lambda: window.findChildren(AskDialog))

    _dialog(window).reject()
    await let_run()

    assert window.isVisible()
    assert ended == []
    assert desk.settings.current.close_action == "ask"


async def test_closing_twice_asks_once(window: MainWindow, desk: FakeDesk) -> None:
    _kept = _closing(window, desk, has_tray=True)

    window.close()
    window.close()

    await until(lambda: window.findChildren(AskDialog))
    await let_run()
    assert len(window.findChildren(AskDialog)) == 1
    _dialog(window).reject()
    await let_run()


async def test_quitting_with_viewers_asks(window: MainWindow, desk: FakeDesk) -> None:
    _kept, ended = _closing(window, desk, has_tray=True)
    QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: window.findChildren(AskDialog))
    assert ended == []

    _dialog(window).buttons["quit"].click()

    await until(lambda: ended == ["quit"])


async def test_quitting_without_viewers_does_not_ask(window: MainWindow, desk: FakeDesk) -> None:
    desk.shown = empty_snapshot()
    closing, ended = _closing(window, desk, has_tray=True)

    closing.quit()

    await until(lambda: ended == ["quit"])
    assert window.findChildren(AskDialog) == []


async def test_a_question_does_not_stop_the_loop(window: MainWindow) -> None:
    ticks = 0
    asking = spawn(ask(window, "Really?", "", (Choice("yes", "Yes"),)), name="ask")
    await until(lambda: window.findChildren(AskDialog))
    for _ in range(20):
        await let_run(1)
        ticks += 1

    _dialog(window).buttons["yes"].click()

    assert (await asking).choice == "yes"
    assert ticks == 20


async def test_a_cancelled_question_closes_its_dialog(window: MainWindow) -> None:
    asking = spawn(ask(window, "Really?", "", (Choice("yes", "Yes"),)), name="ask")
    await until(lambda: window.findChildren(AskDialog))
    dialog = _dialog(window)
    gone: list[int] = []
    dialog.finished.connect(gone.append)

    asking.cancel()

    await until(lambda: gone)
    assert asking.cancelled()


def test_who_asks_the_application_to_quit_is_heard_and_nothing_is_closed(qapp: Application) -> None:
    asked = []
    connection = qapp.quit_asked.connect(lambda: asked.append(True))

    QCoreApplication.sendEvent(qapp, QEvent(QEvent.Type.Quit))

    assert asked == [True]
    qapp.quit_asked.disconnect(connection)


async def test_who_watches_is_told_before_the_window_is_closed_and_asked_once(
    window: MainWindow, desk: FakeDesk
) -> None:
    viewers = desk.snapshot().viewers
    _kept, ended = _closing(window, desk, has_tray=True)
    window.close()
    await until(lambda: window.findChildren(AskDialog))
    dialog = _dialog(window)
    assert dialog.text.text().startswith(f"{viewers} viewers are watching. Players get")

    dialog.buttons["quit"].click()

    await until(lambda: ended == ["quit"])


async def test_nobody_is_told_of_where_nobody_watches(window: MainWindow, desk: FakeDesk) -> None:
    desk.shown = empty_snapshot()
    _kept, ended = _closing(window, desk, has_tray=True)
    window.close()
    await until(lambda: window.findChildren(AskDialog))

    assert _dialog(window).text.text().startswith("Players get")
    _dialog(window).buttons["quit"].click()
    await until(lambda: ended == ["quit"])
