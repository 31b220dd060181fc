"""Adds a Docker of another computer, or changes one: what is wrong is said while one types."""

import asyncio
import contextlib
import pathlib
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from acedesk.settings.engine_host import CONTEXT, PODMAN, EngineHost, parse_host
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import CHANGED_MARK
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import Button, PrimaryButton, SecondaryButton
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.ui.widgets.inputs import CheckBox, ComboBox
from acedesk.ui.widgets.label import make_label, set_style_property
from acedesk.words.hosts import kind

WIDTH: Final = 560  # pixels
LIMIT_WIDTH: Final = 80
TCP: Final = "tcp://"
# What it is called, how its address begins, and an example of the rest.
_KINDS: Final = (
    ("ssh://", "Another computer, by ssh", "eva@nas"),
    (TCP, "Another computer, by TCP", "192.168.1.9:2376"),
    (PODMAN, "Podman on this computer", ""),
    (CONTEXT, "A context of Docker's command", "work"),
    ("unix://", "Another socket of this computer", "/run/other/docker.sock"),
)


def _example(begin: str) -> str:
    return next((one for start, _title, one in _KINDS if start == begin), "")


def _button_row(left: QWidget, *right: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(tokens.SPACE_S)
    row.addWidget(left)
    row.addStretch(1)
    for button in right:
        row.addWidget(button)
    return row


class WrongInput(Exception):
    """What was typed cannot be used.

    Attributes:
        field: Where it was typed.
    """

    def __init__(self, field: QLineEdit, text: str) -> None:
        super().__init__(text)
        self.field = field


class HostDialog(QDialog):
    """Nothing counts before Save.

    Args:
        known: The hosts of the settings.
        host: The one to change, None for a new one.

    Signals:
        saved: It is in the settings; a short sentence that says so.
    """

    saved = Signal(str)

    def __init__(
        self,
        desk: Desk,
        known: tuple[EngineHost, ...],
        host: EngineHost | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._known = known
        self._host = host
        self._testing: asyncio.Task[None] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = self.tr("Add host") if host is None else self.tr("Change host")
        self.setWindowTitle(title + CHANGED_MARK)
        self.name = QLineEdit()
        self.kind = ComboBox(self.tr("Kind"))
        self.address = QLineEdit()
        self.tls = QLineEdit()
        self.limit = QLineEdit()
        self.swarm = CheckBox(self.tr("Engines are services of the Docker Swarm that it manages"))
        self.reason = make_label("", "bad", wrap=True)
        self.found = make_label("", "good", wrap=True, selectable=True)
        self.error = ErrorCard(closable=False)
        self.test = SecondaryButton(self.tr("Test"), "lan-connect")
        self.cancel = Button(self.tr("Cancel"))
        self.save = PrimaryButton(self.tr("Save"))
        self._lay_out()
        if host is not None:
            self._fill(host)
        self._connect()
        self._judge()
        self.setWindowModified(False)

    def read(self) -> EngineHost | None:
        """Return the host that was typed, None while something is missing.

        Raises:
            WrongInput: With the field, and a sentence that says what is wrong in it.
        """
        name, address = self.name.text().strip(), self._address()
        if not name or (not address and self._begin != PODMAN):
            return None
        self._check_name(name)
        where = self._begin if self._begin == PODMAN else self._begin + address
        words = [f"{name}={where}", *self._limit(), *self._certificates()]
        words += ["swarm"] if self.swarm.isChecked() and self._begin != PODMAN else []
        example = _example(self._begin)
        text = self.tr("This cannot be an address; one is: {0}.").format(example)
        wrong = WrongInput(self.address, text)
        if set(" ,;") & set(address):
            raise wrong
        try:
            return parse_host(" ".join(words))
        except ValueError as exc:
            raise wrong from exc

    def _check_name(self, name: str) -> None:
        if name in {one.name for one in self._known if one != self._host}:
            text = self.tr("There is a host “{0}” already.").format(name)
            raise WrongInput(self.name, text)
        try:
            parse_host(f"{name}={PODMAN}")
        except ValueError as exc:
            text = self.tr("A name has small letters, digits, dots and dashes, and is not “local”.")
            raise WrongInput(self.name, text) from exc

    def _limit(self) -> list[str]:
        text = self.limit.text().strip()
        if not text:
            return []
        try:
            parse_host(f"x={PODMAN} max={text}")
        except ValueError as exc:
            words = self.tr("A number from 0 to 1000; empty is no limit.")
            raise WrongInput(self.limit, words) from exc
        return [f"max={text}"]

    def _certificates(self) -> list[str]:
        text = self.tls.text().strip()
        if not text or self._begin != TCP:
            return []
        if set(" ,;") & set(text):
            words = self.tr("The name of this folder has spaces, commas or semicolons.")
            raise WrongInput(self.tls, words)
        if not pathlib.Path(text).expanduser().is_dir():
            raise WrongInput(self.tls, self.tr("There is no folder {0}.").format(text))
        return [f"tls={text}"]

    @property
    def _begin(self) -> str:
        return str(self.kind.currentData())

    def _address(self) -> str:
        """Return what was typed without the beginning that its kind has anyway."""
        text = self.address.text().strip()
        return text.removeprefix(self._begin) if self._begin != PODMAN else ""

    def _fill(self, host: EngineHost) -> None:
        where = PODMAN if host.is_podman else f"{CONTEXT}{host.context}" if host.context else ""
        where = where or host.address
        begins = [begin for begin, _title, _example in _KINDS]
        place = next((n for n, begin in enumerate(begins) if where.startswith(begin)), -1)
        if place < 0:  # npipe:// of Windows and the like: kept as it is
            begin = f"{where.partition('://')[0]}://"
            self.kind.addItem(begin, begin)
            begins.append(begin)
            place = self.kind.count() - 1
        self.kind.setCurrentIndex(place)
        self.name.setText(host.name)
        self.address.setText(where.removeprefix(begins[place]))
        self.tls.setText(host.tls_dir)
        self.limit.setText(str(host.limit) if host.limit else "")
        self.swarm.setChecked(host.swarm)

    def _judge(self) -> None:
        """Say at once what is wrong with what was typed so far."""
        self.setWindowModified(True)
        self._stop_test()
        self.found.setVisible(False)
        self.error.clear()
        wrong: WrongInput | None = None
        host: EngineHost | None = None
        try:
            host = self.read()
        except WrongInput as exc:
            wrong = exc
        self.reason.setText(str(wrong or ""))
        self.reason.setVisible(wrong is not None)
        for field in (self.name, self.address, self.tls, self.limit):
            set_style_property(field, "bad", wrong is not None and wrong.field is field)
        for button in (self.test, self.save):
            button.setEnabled(host is not None)

    def _show_kind(self) -> None:
        begin = self._begin
        self.address.setPlaceholderText(_example(begin))
        self._form.setRowVisible(self.address, begin != PODMAN)
        self._form.setRowVisible(self.tls, begin == TCP)
        self._form.setRowVisible(self.swarm, begin != PODMAN)

    # What the buttons do

    def _test(self) -> None:
        if (host := self.read()) is None:
            return
        self.error.clear()
        self.found.setVisible(False)
        self.test.setText(self.tr("Asking …"))
        self.test.setEnabled(False)

        async def test() -> None:
            seen = await self._desk.hosts.test(host.text)
            reach = self.tr("; engines are reached {0}").format(seen.reach) if seen.reach else ""
            self.found.setText(self.tr("{0} answers{1}.").format(kind(seen), reach))
            self.found.setVisible(True)
            self.adjustSize()

        def ended() -> None:
            if self._testing is task:
                self._testing = None
                self.test.setText(self.tr("Test"))
                self.test.setEnabled(self.save.isEnabled())

        task = run_action(test(), self._fail, name="test host by user", on_done=ended)
        self._testing = task

    def _stop_test(self) -> None:
        """End the test: its answer would be about something else, or nobody waits for it."""
        if (task := self._testing) is not None:
            self._testing = None
            task.cancel()
            self.test.setText(self.tr("Test"))

    def _fail(self, error: Exception) -> None:
        self.error.show_error(error)
        self.adjustSize()

    def _save(self) -> None:
        if (host := self.read()) is None:
            return

        async def save() -> None:
            kept = [host.text if one == self._host else one.text for one in self._known]
            hosts = kept if self._host is not None else [*kept, host.text]
            await self._desk.settings.save({"engine_hosts": tuple(hosts)})
            with contextlib.suppress(RuntimeError):  # closed meanwhile; the host is saved
                self.saved.emit(self.tr("Host saved: {0}").format(host.name))
                self.accept()

        run_action(save(), self._fail, name="save host by user")

    def _connect(self) -> None:
        for field in (self.name, self.address, self.tls, self.limit):
            field.textChanged.connect(self._judge)
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.kind.currentIndexChanged.connect(self._judge)
        self.swarm.toggled.connect(self._judge)
        self.finished.connect(self._stop_test)
        self.test.clicked.connect(self._test)
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self._save)
        self._show_kind()

    def _lay_out(self) -> None:
        self.setMinimumWidth(WIDTH)
        for begin, title, _example in _KINDS:
            self.kind.addItem(title, begin)
        self.name.setPlaceholderText("nas")
        self.tls.setPlaceholderText(self.tr("folder with ca.pem, cert.pem and key.pem"))
        self.limit.setPlaceholderText(self.tr("no limit"))
        self.limit.setFixedWidth(LIMIT_WIDTH)
        self._form = QFormLayout()
        self._form.setSpacing(tokens.SPACE_M)
        for text, field in (
            (self.tr("Name"), self.name),
            (self.tr("Kind"), self.kind),
            (self.tr("Address"), self.address),
            (self.tr("Certificates"), self.tls),
            (self.tr("Most engines"), self.limit),
        ):
            label = make_label(text)
            label.setBuddy(field)
            label.setMinimumHeight(field.sizeHint().height())  # in the middle beside its field
            field.setAccessibleName(text)
            self._form.addRow(label, field)
        self._form.addRow(self.swarm)
        self.save.setDefault(True)
        column = QVBoxLayout(self)
        margin = tokens.SPACE_XL
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(make_label(self.windowTitle().removesuffix(CHANGED_MARK), "section"))
        column.addLayout(self._form)
        for part in (self.reason, self.found, self.error):
            column.addWidget(part)
        column.addLayout(_button_row(self.test, self.cancel, self.save))
