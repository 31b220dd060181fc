"""The question before what was changed in the settings and not saved would be lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialog, QWidget

from acedesk.errors import AceDeskError
from acedesk.ui.dialogs import CHANGED_MARK, Choice, ask
from acedesk.ui.page import Page
from acedesk.values import frozen_value


@frozen_value(kw_only=False)
class Leaving:
    """What is about to happen, as buttons say it."""

    discard: str
    save: str


QUIT: Final = Leaving("Quit without saving", "Save and quit")
RESTART: Final = Leaving("Restart without saving", "Save and restart")


async def may_leave(page: Page, window: QWidget, leaving: Leaving) -> bool:
    """Ask about what is not saved on this page, which is to be seen; return whether to go on.

    What is wanted to be saved is saved, and what cannot be is told on the page.

    On cancel: the question is closed.
    """
    unsaved = page.unsaved
    if not unsaved.count:
        return True
    discard, save = _tr(leaving.discard), _tr(leaving.save)
    text = _tr("Changed and not saved: {0}.").format(unsaved.text)
    if unsaved.problems:
        title = f"{discard}?"
        text += " " + _tr("This cannot be saved as it is: {0}.").format(unsaved.problems)
        good = Choice("correct", _tr("Correct it"), "primary")
    else:
        title = _tr("Save the settings first?")
        good = Choice("save", save, "primary")
    choices = (Choice("", _tr("Cancel")), Choice("discard", discard), good)
    answer = (await ask(window, title, text, choices)).choice
    if answer == "correct":
        page.show_setting(page.unsaved.first_problem)
    if answer == "save":
        return await _save(page, window)
    return answer == "discard"


async def may_lose(dialog: QDialog, leaving: Leaving) -> bool:
    """Ask whether what was typed into a dialog that is open may be lost.

    On cancel: the question is closed.
    """
    discard = _tr(leaving.discard)
    name = dialog.windowTitle().removesuffix(CHANGED_MARK)
    text = _tr("What you have changed in “{0}” would be lost.").format(name)
    choices = (Choice("discard", discard), Choice("", _tr("Cancel"), "primary"))
    return (await ask(dialog, f"{discard}?", text, choices)).choice == "discard"


async def _save(page: Page, window: QWidget) -> bool:
    try:
        with _locked(window):
            await page.save_unsaved()
    except AceDeskError as exc:
        page.show_error(exc)
        return False
    return True


@contextmanager
def _locked(window: QWidget) -> Iterator[None]:
    """Let nothing be typed that would be lost: a keyring may take seconds."""
    window.setEnabled(False)
    try:
        yield
    finally:
        window.setEnabled(True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("UnsavedQuestion", text)
