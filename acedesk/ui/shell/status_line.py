"""The bottom line: where the proxy listens, the network, one short message, the rates."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from acedesk.model.snapshot import Snapshot
from acedesk.ui.brief import BRIEF_MS
from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import IconButton
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import ElidedLabel, FigureLabel
from acedesk.words import numbers


class StatusLine(QWidget):
    """Quiet facts, always there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._address = ""
        self._dot = Glyph("ring", 14, "working")
        self.proxy = ElidedLabel(self.tr("Starting …"), "muted")
        self.copy_button = IconButton("content-copy", self.tr("Copy the proxy’s address"), size=14)
        self.network = ElidedLabel("", "muted")
        self.message = ElidedLabel("", "strong")
        self.rates = FigureLabel("muted")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self.message.setText(""))
        self.copy_button.clicked.connect(self._copy)
        self.setFixedHeight(tokens.STATUS_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        for part in (self._dot, self.proxy, self.copy_button):
            row.addWidget(part)
        row.addSpacing(tokens.SPACE_M)
        row.addWidget(self.network)
        row.addSpacing(tokens.SPACE_M)
        row.addWidget(self.message, 1)
        row.addWidget(self.rates)
        self.copy_button.setVisible(False)

    def refresh(self, snapshot: Snapshot, copied: str) -> None:
        """Show what holds now.

        Args:
            copied: The address to copy: with a token where one is needed, which is not shown.
        """
        self._address = copied
        address = snapshot.base_url.partition("://")[2]
        degraded = [name for name, _why in snapshot.degraded]
        if degraded:
            names = ", ".join(degraded)
            self._say(self.proxy, self.tr("{names} is being restarted").format(names=names))
            self._dot.show_icon("triangle", "warn")
        else:
            self._say(self.proxy, self.tr("Proxy on {address}").format(address=address))
            self._dot.show_icon("dot", "good")
        if degraded:
            why = "\n".join(f"{name}: {reason}" for name, reason in snapshot.degraded)
            self.proxy.setToolTip(why)
        lan = self.tr("on") if snapshot.lan else self.tr("off")
        self._say(self.network, self.tr("Devices on my network: {state}").format(state=lan))
        down, up = numbers.format_mega(snapshot.rate_in), numbers.format_mega(snapshot.rate_up)
        self._say(self.rates, f"↓ {down}   ↑ {up} Mbit/s")
        self.copy_button.setVisible(True)

    def show_stopped(self) -> None:
        """Show that nothing runs: AceDesk could not start."""
        self._dot.show_icon("cross", "bad")
        self._say(self.proxy, self.tr("Not running"))

    def show_starting(self) -> None:
        """Show that AceDesk is on its way."""
        self._dot.show_icon("ring", "working")
        self._say(self.proxy, self.tr("Starting …"))

    def say(self, text: str) -> None:
        """Show one short sentence for a while."""
        self.message.setText(text)
        self._timer.start(BRIEF_MS)

    def _copy(self) -> None:
        clipboard().copy(self._address, lambda: self.say(self.tr("Address copied")))

    @staticmethod
    def _say(label: QLabel, text: str) -> None:
        if label.text() != text:
            label.setText(text)
