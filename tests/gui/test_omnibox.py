"""The paste field."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from acedesk.model.content import KeyKind, Link, StreamKey
from acedesk.ui.shell.omnibox import Omnibox

OTHER = "f528764d624db129b32c21fbca0cb8d6f528764d"
ID = "94c2" + "0" * 32 + "d1e0"
KEY = StreamKey(kind=KeyKind.CONTENT_ID, value=ID)


@pytest.fixture
def omnibox(qtbot: QtBot) -> Omnibox:
    made = Omnibox()
    qtbot.addWidget(made)
    made.show()
    return made


def _links(omnibox: Omnibox) -> list[Link]:
    seen: list[Link] = []
    omnibox.link_entered.connect(seen.append)
    return seen


def test_enter_plays_what_was_typed(omnibox: Omnibox) -> None:
    seen = _links(omnibox)

    QTest.keyClicks(omnibox.field, f"acestream://{ID}")
    QTest.keyClick(omnibox.field, Qt.Key.Key_Return)

    assert [link.key for link in seen] == [KEY]
    assert omnibox.problem.isHidden()


def test_the_button_plays_too(omnibox: Omnibox) -> None:
    seen = _links(omnibox)
    omnibox.field.setText(ID.upper())

    omnibox.play_button.click()

    assert [link.key for link in seen] == [KEY]


def test_a_link_among_words_is_played_with_its_name(omnibox: Omnibox) -> None:
    seen = _links(omnibox)

    omnibox.play_text(f'#EXTINF:-1 tvg-id="x",Sport HD\r\n#EXTVLCOPT:a=b\r\nacestream://{ID}\r\n')
    QTest.keyClick(omnibox.field, Qt.Key.Key_Return)

    assert seen == [Link(key=KEY, title="Sport HD")] * 2


def test_of_several_links_none_is_played_unasked(omnibox: Omnibox) -> None:
    seen = _links(omnibox)

    omnibox.play_text(f"Sport 1: {ID}\nSport 2: {OTHER}")
    asked = omnibox.problem.text()
    buttons = omnibox.choice.buttons
    before = list(seen)
    buttons[1].click()

    assert before == []
    assert asked == "There are several links in this text. Which one?"
    assert [button.text() for button in buttons] == ["Sport 1 (…d1e0)", "Sport 2 (…764d)"]
    assert [link.key.value for link in seen] == [OTHER]
    assert omnibox.choice.isHidden()
    assert omnibox.problem.isHidden()


def test_the_question_goes_when_the_text_is_changed(omnibox: Omnibox) -> None:
    omnibox.play_text(f"{ID} {OTHER}")

    QTest.keyClicks(omnibox.field, "x")

    assert omnibox.choice.isHidden()
    assert omnibox.problem.isHidden()


def test_a_text_that_is_no_link_is_answered_right_under_the_field(omnibox: Omnibox) -> None:
    seen = _links(omnibox)

    QTest.keyClicks(omnibox.field, "hello")
    QTest.keyClick(omnibox.field, Qt.Key.Key_Return)

    assert seen == []
    assert omnibox.problem.isVisible()
    assert omnibox.problem.text().endswith(".")
    assert omnibox.field.accessibleDescription() == omnibox.problem.text()


def test_the_answer_is_about_the_text_that_stands_there(omnibox: Omnibox) -> None:
    omnibox.play_text("foo")
    assert omnibox.problem.isVisible()

    omnibox.field.selectAll()
    QTest.keyClicks(omnibox.field, f"acestream://{ID}")

    assert omnibox.problem.isHidden()
    assert omnibox.field.accessibleDescription() == ""


def test_the_answer_goes_away_with_the_text(omnibox: Omnibox) -> None:
    omnibox.play_text("hello")
    assert omnibox.problem.isVisible()

    QTest.keyClick(omnibox.field, Qt.Key.Key_Escape)

    assert omnibox.field.text() == ""
    assert omnibox.problem.isHidden()


def test_an_empty_field_only_takes_the_cursor(omnibox: Omnibox) -> None:
    seen = _links(omnibox)

    omnibox.play_button.click()

    assert seen == []
    assert omnibox.problem.isHidden()


def test_pasting_plays_what_the_clipboard_holds(omnibox: Omnibox, qapp: QApplication) -> None:
    seen = _links(omnibox)
    qapp.clipboard().setText(f"  acestream://{ID}\n")

    omnibox.paste_and_play()

    assert [link.key for link in seen] == [KEY]


def test_an_empty_clipboard_is_said(omnibox: Omnibox, qapp: QApplication) -> None:
    qapp.clipboard().clear()

    omnibox.paste_and_play()

    assert omnibox.problem.text() == "The clipboard is empty."


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text())
def test_nothing_that_can_be_pasted_breaks_the_field(omnibox: Omnibox, text: str) -> None:
    seen = _links(omnibox)

    omnibox.play_text(text)

    assert seen or omnibox.problem.text() or not text.strip()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_ctrl_enter_copies_and_does_not_play(omnibox: Omnibox, key: Qt.Key) -> None:
    seen = _links(omnibox)
    copied: list[Link] = []
    omnibox.copy_wanted.connect(copied.append)
    omnibox.field.setText(ID)

    QTest.keyClick(omnibox.field, key, Qt.KeyboardModifier.ControlModifier)

    assert ([link.key for link in copied], seen) == ([KEY], [])


def test_of_several_links_the_chosen_one_is_copied_when_that_was_asked(omnibox: Omnibox) -> None:
    seen = _links(omnibox)
    copied: list[Link] = []
    omnibox.copy_wanted.connect(copied.append)
    omnibox.field.setText(f"{ID} {OTHER}")
    QTest.keyClick(omnibox.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    omnibox.choice.buttons[1].click()

    assert ([link.key.value for link in copied], seen) == ([OTHER], [])
