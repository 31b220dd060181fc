"""Devices and their tokens: who has one, a new one, and away with it."""

import datetime
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from acedesk.formats.text import clean_text
from acedesk.model.access.token import AccessToken, NewToken, Scope
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import Choice, ask
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import LinkButton, SecondaryButton
from acedesk.ui.widgets.card import Card, Hairline
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.inputs import ComboBox
from acedesk.ui.widgets.label import ElidedLabel, make_label
from acedesk.ui.widgets.url_well import UrlWell
from acedesk.words import numbers

LONGEST_NAME = 80
NAME_WIDTH = 240
_SHOWN = 120


class TokenCard(Card):
    """The tokens, and the fields for a new one.

    Attributes:
        name, scope, add: Make a token.
        made: What is told once of the token that was just made.
        rows: One for each token.

    Signals:
        failed: Something could not be done.
        said: One short sentence for the status line.
    """

    failed = Signal(object)
    said = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._desk = desk
        self.sentence = make_label("", "small", wrap=True)
        self.name = QLineEdit()
        self.scope = ComboBox(self.tr("What it may do"))
        self.add = SecondaryButton(self.tr("Make a token"), "key-plus")
        self.made = NewTokenPanel()
        self.rows: list[TokenRow] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(tokens.SPACE_S)
        self._lay_out()
        self._connect()
        self._judge()
        self.refresh(None)

    def refresh(self, now: datetime.datetime | None) -> None:
        """Show the tokens that there are.

        Args:
            now: To tell how long ago they were used.
        """
        needed = self._desk.access.is_needed
        self.sentence.setText(
            self.tr("Each device has its own, so that one can be taken away without the others.")
            if needed
            else self.tr("No device needs a token now; those that you make here are kept.")
        )
        self._show(self._desk.access.tokens, now)

    def _show(self, found: Sequence[AccessToken], now: datetime.datetime | None) -> None:
        while len(self.rows) < len(found):
            row = TokenRow()
            row.revoke_wanted.connect(self._revoke)
            self.rows.append(row)
            self._list.addWidget(row)
        while len(self.rows) > len(found):
            row = self.rows.pop()
            self._list.removeWidget(row)
            row.deleteLater()
        for row, token in zip(self.rows, found, strict=True):
            row.show_token(token, now)

    def _judge(self) -> None:
        self.add.setEnabled(bool(self.name.text().strip()))

    def _add(self) -> None:
        if not self.add.isEnabled():
            return
        self.add.setEnabled(False)
        run_action(
            self._make(self.name.text(), Scope(self.scope.currentData())),
            self.failed.emit,
            name="make a token by user",
            on_done=self._judge,
        )

    async def _make(self, name: str, scope: Scope) -> None:
        new = await self._desk.access.add(name, scope=scope)
        self.name.clear()
        self.made.show_token(new)

    def _revoke(self, token: AccessToken) -> None:
        run_action(self._ask(token), self.failed.emit, name="revoke a token by user")

    async def _ask(self, token: AccessToken) -> None:
        name = clean_text(token.name, _SHOWN)
        answer = await ask(
            self.window(),
            self.tr("Revoke the token “{0}”?").format(name),
            self.tr(
                "Addresses that were copied in AceDesk play no more on other devices. New ones "
                "have another token."
            )
            if token.shared
            else self.tr(
                "What plays with it ends now, and whatever uses it is refused from then on."
            ),
            (
                Choice("revoke", self.tr("Revoke"), "danger"),
                Choice("", self.tr("Keep"), "primary"),
            ),
        )
        if answer.choice == "revoke":
            await self._desk.access.revoke(token.id)
            self.made.forget(token.id)
            self.said.emit(self.tr("“{0}” was revoked").format(name))

    def _connect(self) -> None:
        disconnect = self._desk.access.changed.connect(lambda: self.refresh(None))
        self.destroyed.connect(lambda: disconnect())  # noqa: PLW0108 - Qt hands over an argument
        self.name.textChanged.connect(self._judge)
        self.name.returnPressed.connect(self._add)
        self.add.clicked.connect(self._add)
        self.made.copied.connect(self.said)

    def _lay_out(self) -> None:
        self.name.setPlaceholderText(self.tr("Name of the device"))
        self.name.setAccessibleName(self.tr("Name of the device"))
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setMaximumWidth(NAME_WIDTH)
        self.scope.addItem(self.tr("Plays and nothing else"), Scope.PLAY.value)
        self.scope.addItem(self.tr("Everything but tokens"), Scope.ALL.value)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_S)
        for part in (self.name, self.scope, self.add):
            row.addWidget(part)
        row.addStretch(1)
        self.body.addWidget(make_label(self.tr("Devices and their tokens"), "section"))
        self.body.addWidget(self.sentence)
        self.body.addLayout(self._list)
        self.body.addWidget(Hairline())
        self.body.addLayout(row)
        self.body.addWidget(self.made)


class TokenRow(QWidget):
    """One token.

    Signals:
        revoke_wanted: With the token.
    """

    revoke_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._token: AccessToken | None = None
        self.name = ElidedLabel("", "strong")
        self.detail = ElidedLabel("", "small")
        self.revoke = SecondaryButton(self.tr("Revoke"), small=True)
        self.revoke.clicked.connect(lambda: self.revoke_wanted.emit(self._token))
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self.name)
        texts.addWidget(self.detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(Glyph("key-outline", tokens.NAV_ICON))
        row.addLayout(texts, 1)
        row.addWidget(self.revoke)

    def show_token(self, token: AccessToken, now: datetime.datetime | None) -> None:
        """Show a token, and how long ago it was used."""
        self._token = token
        name = clean_text(token.name, _SHOWN)
        self.name.setText(name)
        if now is not None or not self.detail.text():
            self.detail.setText(describe(token, now))
        told = self.tr("Revoke the token “{0}”").format(name)
        self.revoke.setAccessibleName(told)
        self.revoke.setToolTip(told)


class NewTokenPanel(QWidget):
    """The secret of a token, shown once.

    Signals:
        copied: The secret, or an address with it, was copied; with the sentence that says so.
    """

    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._id = ""
        self.title = make_label("", "strong", wrap=True)
        self.secret = UrlWell()
        self.address = UrlWell()
        self.done = LinkButton(self.tr("Done"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_XS)
        column.addWidget(self.title)
        for text, well, copied in (
            (
                self.tr("The token: for X-API-Key, a password field, ACEXY_ORCH_APIKEY"),
                self.secret,
                self.tr("Token copied"),
            ),
            (
                self.tr("What addresses of players begin with"),
                self.address,
                self.tr("Beginning of addresses copied"),
            ),
        ):
            column.addWidget(make_label(text, "small"))
            column.addWidget(well)
            well.button.setAccessibleName(self.tr("Copy: {0}").format(text))
            well.copied.connect(lambda said=copied: self.copied.emit(said))
        column.addWidget(self.done, alignment=Qt.AlignmentFlag.AlignLeft)
        self.done.clicked.connect(self._hide)
        self.hide()

    def show_token(self, new: NewToken) -> None:
        """Show what is seen once."""
        self._id = new.token.id
        self.title.setText(
            self.tr("The token of “{0}”. It is shown now and never again.").format(
                clean_text(new.token.name, _SHOWN)
            )
        )
        self.secret.show_url(new.secret)
        self.address.show_url(new.address)
        self.show()
        self.secret.button.setFocus()

    def forget(self, token_id: str) -> None:
        """Hide the panel when it is about this token."""
        if token_id == self._id:
            self._hide()

    def _hide(self) -> None:
        self.hide()
        self._id = ""
        for well in (self.secret, self.address):
            well.show_url("")


def describe(token: AccessToken, now: datetime.datetime | None) -> str:
    """Return what a token may do, and who used it last: "Plays only · never used"."""
    may = "In addresses that are copied in AceDesk" if token.shared else ""
    parts = [may or ("Plays only" if token.scope is Scope.PLAY else "Everything but tokens")]
    if token.last_used_time is None:
        parts.append("never used")
    else:
        when = numbers.format_ago(token.last_used_time, now) if now is not None else ""
        what = clean_text(token.last_what, _SHOWN)
        parts += [part for part in (what, clean_text(token.last_address, 60), when) if part]
    return " · ".join(parts)
