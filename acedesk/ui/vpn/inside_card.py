"""The switch that puts engines inside the VPN, and what the container lacks for it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QWidget

from acedesk.model.snapshot import VpnState, VpnView
from acedesk.ui.actions import run_action
from acedesk.ui.clipboard import clipboard
from acedesk.ui.desk import Desk
from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.buttons import DetailsButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.inputs import CheckBox
from acedesk.ui.widgets.label import make_label
from acedesk.words.vpn_container import Lack, describe_lack

_RUNNING = (VpnState.CONNECTING, VpnState.CONNECTED, VpnState.UNHEALTHY)


class InsideCard(Card):
    """One switch; where it cannot work, why, and behind Details what would have to be different.

    Attributes:
        switch: Whether engines are made inside.
        fold: Shows `change`, the lines of a compose file.

    Signals:
        failed: The setting could not be saved.
        copied: Something was copied: what, as a word.
    """

    failed = Signal(object)
    copied = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._desk = desk
        self._saving = False
        self.switch = CheckBox(self.tr("On"))
        self.switch.setAccessibleName(self.tr("Engines go through this VPN"))
        self._help = make_label("", "small", wrap=True)
        self._lack = make_label("", "warn", wrap=True, selectable=True)
        self.change = QPlainTextEdit()
        self.change.setAccessibleName(self.tr("What would be different in the compose file"))
        self.change.setReadOnly(True)
        self.change.setFont(theme.mono_font(theme.SMALL_POINTS))
        self.change.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.fold = DetailsButton(self.change)
        self.copy = SecondaryButton(self.tr("Copy the lines"), "content-copy", small=True)
        self._compose = ""
        self._help_with_lack = QWidget()
        self._lay_out()
        self.switch.clicked.connect(self._save)
        self.copy.clicked.connect(self._copy)

    def show_vpn(self, vpn: VpnView) -> None:
        """Show the switch for this container."""
        self.setVisible(vpn.state in _RUNNING)
        settings = self._desk.settings.current
        lack = describe_lack(
            vpn, control_port=settings.gluetun_control_port, engines=settings.max_engines
        )
        on = settings.engines_in_vpn or settings.require_vpn
        if not self._saving:
            self.switch.setChecked(on)
            blocked = lack is not None and lack.blocks and not on
            self.switch.setEnabled(not settings.require_vpn and not blocked)
        self._help.setText(self._help_text(required=settings.require_vpn, on=on))
        self._show_lack(lack)

    @property
    def text(self) -> str:
        """What is said below the switch."""
        return f"{self._help.text()} {self._lack.text()}".strip()

    def _help_text(self, *, required: bool, on: bool) -> str:
        if required:
            return self.tr(
                "The setting “Engines must use the VPN” wants it so: nothing is started outside."
            )
        if on:
            return self.tr(
                "AceDesk makes its engines inside this container. While the VPN is not connected "
                "it makes none."
            )
        return self.tr(
            "When it is on, AceDesk makes its engines inside this container, and replaces those "
            "that are outside one after the other."
        )

    def _show_lack(self, lack: Lack | None) -> None:
        self._lack.setText("" if lack is None else lack.text)
        self._lack.setVisible(lack is not None)
        self._help_with_lack.setVisible(lack is not None)
        if lack is None:
            self.fold.fold()
        elif self.change.toPlainText() != lack.change:
            self._compose = lack.compose
            self.change.setPlainText(lack.change)
            lines = lack.change.count("\n") + 3
            self.change.setFixedHeight(self.change.fontMetrics().lineSpacing() * lines)

    def _save(self, on: bool) -> None:
        self._saving = True
        self.switch.setEnabled(False)
        run_action(
            self._desk.settings.save({"engines_in_vpn": on}),
            self.failed.emit,
            name="engines inside the VPN by user",
            on_done=self._saved,
        )

    def _saved(self) -> None:
        self._saving = False
        self.switch.setEnabled(True)

    def _copy(self) -> None:
        clipboard().copy(self._compose, lambda: self.copied.emit(self.tr("Lines")))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(make_label(self.tr("Engines go through this VPN"), "strong"), 1)
        head.addWidget(self.switch)
        row = QHBoxLayout(self._help_with_lack)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(self.copy)
        row.addWidget(self.fold)
        row.addStretch(1)
        self.body.addLayout(head)
        self.body.addWidget(self._help)
        self.body.addWidget(self._lack)
        self.body.addWidget(self._help_with_lack)
        self.body.addWidget(self.change)
