"""What was done is said for a while and then goes by itself."""

import pytest
from PySide6.QtWidgets import QApplication

from acedesk.errors import StorageError
from acedesk.ui import brief
from acedesk.ui.brief import say_briefly
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.widgets.buttons import LinkButton, SecondaryButton
from tests.gui.waiting import until


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let "a while" be a moment."""
    monkeypatch.setattr(brief, "BRIEF_MS", 50)


async def test_a_button_says_so_and_then_again_what_it_does(qapp: QApplication) -> None:
    button = SecondaryButton("Copy")

    say_briefly(button, "Copied")
    say_briefly(button, "Copied")
    assert button.text() == "Copied"

    await until(lambda: button.text() == "Copy")


async def test_what_a_button_says_anew_is_not_taken_back(qapp: QApplication) -> None:
    button, other = SecondaryButton("Copy"), SecondaryButton("Copy")
    say_briefly(button, "Copied")
    say_briefly(other, "Copied")

    button.setText("Copy again")

    await until(lambda: other.text() == "Copy")
    assert button.text() == "Copy again"


async def test_details_that_were_copied_are_said_to_be(
    window: MainWindow, qapp: QApplication
) -> None:
    window.show_error(StorageError("no space left"))
    (copy,) = [b for b in window.error_card.findChildren(LinkButton) if b.text() == "Copy"]

    copy.click()

    assert "no space left" in qapp.clipboard().text()
    assert copy.text() == "Copied"
    await until(lambda: copy.text() == "Copy")
