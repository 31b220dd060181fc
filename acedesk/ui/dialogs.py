"""Questions to the user: `await ask(...)`, never a nested event loop.

`exec()` of a dialog under qasync leaves other tasks pending for ever, so dialogs are opened and
their answer is a future.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import Button
from acedesk.ui.widgets.inputs import CheckBox
from acedesk.ui.widgets.label import make_label
from acedesk.values import frozen_value

# Where Qt puts a star, at the end of the title of a dialog in which something was changed.
CHANGED_MARK: Final = "[*]"

# A question wider than this is read in long lines; 400 px holds about 60 signs.
TEXT_WIDTH = 400


@frozen_value(kw_only=False)
class Choice:
    """One button: what it answers, its text and its kind (see `Button`)."""

    answer: str
    text: str
    kind: str = "secondary"


@frozen_value(kw_only=False)
class DialogAnswer:
    """What was chosen: the `Choice.answer`, "" when the dialog was closed; and the check box."""

    choice: str
    checked: bool = False


class AskDialog(QDialog):
    """A question with up to three buttons, and a check box where wanted.

    Attributes:
        answer: What was chosen so far.
        text: What is said below the question.
        buttons: The buttons by their answer.
        check: The check box, hidden when there is none.
    """

    def __init__(
        self,
        parent: QWidget | None,
        title: str,
        text: str,
        choices: Sequence[Choice],
        *,
        check_text: str = "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("AceDesk")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.answer = DialogAnswer("")
        self.check = CheckBox(check_text)
        self.buttons = {choice.answer: Button(choice.text, kind=choice.kind) for choice in choices}
        self._lay_out(title, text)
        for choice, button in self.buttons.items():
            button.clicked.connect(lambda _checked=False, chosen=choice: self._choose(chosen))
        primary = [choice.answer for choice in choices if choice.kind == "primary"]
        if primary:
            self.buttons[primary[0]].setDefault(True)
            self.buttons[primary[0]].setFocus()

    def _lay_out(self, title: str, text: str) -> None:
        column = QVBoxLayout(self)
        margin = tokens.SPACE_XL
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(make_label(title, "section", wrap=True))
        self.text = make_label(text, "muted", wrap=True)
        self.text.setMinimumWidth(TEXT_WIDTH)
        column.addWidget(self.text)
        column.addWidget(self.check)
        self.check.setVisible(bool(self.check.text()))
        row = QHBoxLayout()
        row.setContentsMargins(0, tokens.SPACE_S, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addStretch(1)
        for button in self.buttons.values():
            row.addWidget(button)
        column.addLayout(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press the button that has the focus, else the one that is suggested."""
        focused = self.focusWidget()
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(focused, QPushButton) and focused.hasFocus():
            focused.click()
            return
        super().keyPressEvent(event)

    def _choose(self, choice: str) -> None:
        self.answer = DialogAnswer(choice, self.check.isChecked())
        self.accept()


async def ask(
    parent: QWidget | None,
    title: str,
    text: str,
    choices: Sequence[Choice],
    *,
    check_text: str = "",
) -> DialogAnswer:
    """Show the question and wait for the answer; closing the dialog answers "".

    On cancel: the dialog is closed.
    """
    dialog = AskDialog(parent, title, text, choices, check_text=check_text)
    answered: asyncio.Future[DialogAnswer] = asyncio.get_running_loop().create_future()

    def finish(_result: int) -> None:
        if not answered.done():
            answered.set_result(dialog.answer)

    dialog.finished.connect(finish)
    dialog.open()
    try:
        return await answered
    except asyncio.CancelledError:
        dialog.reject()
        raise
