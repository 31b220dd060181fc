"""A failure in the page: what happened, why, what AceDesk does now, what you can do."""

import traceback
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from acedesk.errors import AceDeskError
from acedesk.log import redact
from acedesk.ui.brief import say_briefly
from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.buttons import DetailsButton, IconButton, LinkButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label
from acedesk.words import errors


def describe(error: BaseException) -> str:
    """Return what stands behind Details: a command that helps, and the technical text.

    Secrets are taken out of it.
    """
    if isinstance(error, AceDeskError):
        command = errors.explain(error).command
        lines = [command] if command else []
        lines.append(f"{error.code}: {error.detail}" if error.detail else error.code)
        cause = error.__cause__
        if cause is not None:
            lines.append(f"{type(cause).__name__}: {cause}")
        return redact("\n".join(lines))
    return redact("".join(traceback.format_exception(error)).rstrip())


class ErrorCard(Card):
    """Shows one error and up to one button that does something about it.

    Signals:
        dismissed: The user closed the card.
    """

    dismissed = Signal()

    def __init__(self, *, closable: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(padding=tokens.SPACE_M, parent=parent)
        self._mark = Glyph("alert-circle-outline", 20, "bad")
        self.set_tone("bad")
        self._what = make_label("", "strong", wrap=True, selectable=True)
        self._rest = make_label("", wrap=True, selectable=True)
        self._details = make_label("", "small", wrap=True, selectable=True)
        self._details.setFont(theme.mono_font(theme.SMALL_POINTS))
        self._copy = LinkButton(self.tr("Copy"), "content-copy")
        self._fold = DetailsButton(self._details, self._copy)
        self.act = SecondaryButton("", small=True)
        self._action: Callable[[], object] | None = None
        self._lay_out(closable)
        self._copy.clicked.connect(self._copy_details)
        self.act.clicked.connect(self._do_action)
        self.setVisible(False)

    def set_tone(self, tone: str) -> None:
        """Tint the card; its mark has the colour of the card."""
        super().set_tone(tone)
        self._mark.show_icon("alert-circle-outline", tone or "bad")

    def _lay_out(self, closable: bool) -> None:
        top = QHBoxLayout()
        top.setSpacing(tokens.SPACE_M)
        top.addWidget(self._mark)
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        texts.addWidget(self._what)
        texts.addWidget(self._rest)
        top.addLayout(texts, 1)
        top.addWidget(self.act)
        top.addWidget(self._fold)
        top.addWidget(self._copy)
        if closable:
            close = IconButton("close", self.tr("Dismiss"))
            close.clicked.connect(self._dismiss)
            top.addWidget(close)
        self.body.addLayout(top)
        self.body.addWidget(self._details)

    def show_error(
        self,
        error: BaseException,
        *,
        action: str = "",
        do: Callable[[], object] | None = None,
    ) -> None:
        """Show `error`; `action` is the text of a button that calls `do`."""
        said = errors.explain(error)
        rest = " ".join(p for p in (said.why, said.now, said.action) if p)
        self.show_text(said.what, rest, details=describe(error), action=action, do=do)

    def show_text(
        self,
        what: str,
        rest: str = "",
        *,
        details: str = "",
        action: str = "",
        do: Callable[[], object] | None = None,
    ) -> None:
        """Show sentences of the caller's own; the rest as in `show_error`."""
        for label, text in ((self._what, what), (self._rest, rest)):
            _set_text(label, text)
        self._rest.setVisible(bool(rest))
        self._set_details(details)
        self.act.setText(action)
        self.act.setVisible(bool(action))
        self._action = do
        self.setAccessibleName(f"{what} {rest}".strip())
        self.setVisible(True)

    @property
    def text(self) -> str:
        """All sentences that are shown."""
        return f"{self._what.text()} {self._rest.text()}".strip()

    def clear(self) -> None:
        """Hide the card and forget the error."""
        self.setVisible(False)
        self._action = None

    def _set_details(self, details: str) -> None:
        _set_text(self._details, details)
        self._fold.setVisible(bool(details))
        self._fold.fold()

    def _copy_details(self) -> None:
        said = f"{self.text}\n{self._details.text()}"
        clipboard().copy(said, lambda: say_briefly(self._copy, self.tr("Copied")))

    def _do_action(self) -> None:
        if self._action is not None:
            self._action()

    def _dismiss(self) -> None:
        self.clear()
        self.dismissed.emit()


def _set_text(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
