"""What is wrong with Docker, and a button to look again."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.errors import RuntimeState
from acedesk.model.snapshot import Snapshot
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label
from acedesk.words.errors import RUNTIME


class DockerCard(Card):
    """Shown only while Docker cannot be used and the demo engine does not stand in for it.

    Signals:
        check_wanted: Look at Docker again now.
    """

    check_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.set_tone("warn")
        self._what = make_label("", "strong", wrap=True)
        self._rest = make_label("", wrap=True, selectable=True)
        self._detail = make_label("", "small", wrap=True, selectable=True)
        self.check = SecondaryButton(self.tr("Check again"), "refresh", small=True)
        self.check.clicked.connect(self.check_wanted)
        texts = QVBoxLayout()
        texts.setSpacing(tokens.SPACE_XS)
        for label in (self._what, self._rest, self._detail):
            texts.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(Glyph("docker", tokens.SPACE_XL, "warn"))
        row.addLayout(texts, 1)
        row.addWidget(self.check)
        self.body.addLayout(row)
        self.setVisible(False)

    def show_docker(self, snapshot: Snapshot) -> None:
        """Show what is known about Docker."""
        explained = RUNTIME.get(snapshot.runtime.state) if snapshot.runtime.state else None
        self.setVisible(explained is not None and not snapshot.demo)
        if explained is None:
            return
        self._what.setText(explained.what)
        self._rest.setText(
            " ".join(part for part in (explained.why, explained.now, explained.action) if part)
        )
        details = [text for text in (snapshot.runtime.detail, explained.command) if text]
        self._detail.setText("\n".join(details))
        self._detail.setVisible(bool(details))

    @property
    def text(self) -> str:
        """What the card says."""
        return f"{self._what.text()} {self._rest.text()}"


def is_usable(snapshot: Snapshot) -> bool:
    """Return whether an engine can be started here."""
    return snapshot.demo or snapshot.runtime.state in (None, RuntimeState.READY)
