"""The clipboard where the system guards it, as Wayland does; the real one is in tests/e2e."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from acedesk.ui import clipboard as module
from acedesk.ui.clipboard import Clipboard

ACTIVE, INACTIVE = Qt.ApplicationState.ApplicationActive, Qt.ApplicationState.ApplicationInactive


@pytest.fixture
def field(qtbot: QtBot) -> QLineEdit:
    """Give a window that has the keyboard."""
    made = QLineEdit()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.fixture
def guarded(qapp: QApplication) -> Iterator[Clipboard]:
    """Give a clipboard as Wayland's, and something on it."""
    qapp.clipboard().setText("before")
    made = Clipboard(qapp, guarded=True)
    yield made
    qapp.applicationStateChanged.disconnect(made._state_changed)
    qapp.focusWindowChanged.disconnect(made._watch)


def test_elsewhere_a_text_is_there_at_once(qapp: QApplication) -> None:
    done: list[str] = []

    Clipboard(qapp, guarded=False).copy("text", lambda: done.append("copied"))

    assert (qapp.clipboard().text(), done) == ("text", ["copied"])


def test_a_text_waits_for_a_key_in_a_window_of_ours(
    guarded: Clipboard, field: QLineEdit, qapp: QApplication
) -> None:
    said: list[str] = []
    guarded.waiting.connect(lambda: said.append("waits"))

    guarded.copy("text", lambda: said.append("copied"))
    assert (qapp.clipboard().text(), said) == ("before", ["waits"])
    QTest.keyClick(field.windowHandle(), Qt.Key.Key_A)

    assert (qapp.clipboard().text(), said) == ("text", ["waits", "copied"])
    assert field.text() == "a"  # the key does what it always does


def test_in_a_window_in_use_it_is_there_at_once(
    guarded: Clipboard, field: QLineEdit, qapp: QApplication
) -> None:
    QTest.mouseClick(field.windowHandle(), Qt.MouseButton.LeftButton)
    waits: list[str] = []
    guarded.waiting.connect(lambda: waits.append("waits"))

    guarded.copy("text")

    assert (qapp.clipboard().text(), waits) == ("text", [])


def test_use_ends_with_the_focus(guarded: Clipboard, field: QLineEdit, qapp: QApplication) -> None:
    QTest.keyClick(field.windowHandle(), Qt.Key.Key_A)

    guarded._state_changed(INACTIVE)
    guarded.copy("text")

    assert qapp.clipboard().text() == "before"


def test_of_two_texts_that_wait_the_last_is_copied(
    guarded: Clipboard, field: QLineEdit, qapp: QApplication
) -> None:
    done: list[int] = []
    guarded.copy("one", lambda: done.append(1))
    guarded.copy("two", lambda: done.append(2))

    QTest.keyClick(field.windowHandle(), Qt.Key.Key_A)

    assert (qapp.clipboard().text(), done) == ("two", [2])


def test_a_text_that_waited_too_long_is_not_copied(
    guarded: Clipboard, field: QLineEdit, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded.copy("text")
    monkeypatch.setattr(module, "LONGEST_WAIT", -1.0)

    QTest.keyClick(field.windowHandle(), Qt.Key.Key_A)

    assert qapp.clipboard().text() == "before"


def test_a_text_that_another_program_keeps_out_waits_too(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Clipboard(qapp, guarded=False)
    monkeypatch.setattr(held, "text", lambda: "of the other program")
    said: list[str] = []
    held.waiting.connect(lambda: said.append("waits"))

    held.copy("text", lambda: said.append("copied"))

    assert said == ["waits"]


def test_reading_waits_for_the_focus_only(
    guarded: Clipboard, field: QLineEdit, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    guarded.read(seen.append)
    assert (guarded.is_readable, seen) == (True, ["before"])

    monkeypatch.setattr(QApplication, "applicationState", lambda _self: INACTIVE)
    guarded._state_changed(INACTIVE)
    guarded.read(seen.append)
    assert (guarded.is_readable, seen) == (False, ["before"])
    guarded._state_changed(ACTIVE)

    assert seen == ["before", "before"]
