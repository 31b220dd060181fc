"""What the Streams page says while nothing plays."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from acedesk.model.snapshot import Snapshot
from acedesk.proxy.http import player_urls
from acedesk.ui.desk import Desk
from acedesk.ui.look import tokens
from acedesk.ui.widgets.empty_state import TEXT_WIDTH, EmptyState
from acedesk.ui.widgets.label import make_label
from acedesk.ui.widgets.url_well import UrlWell


class NoStreams(EmptyState):
    """Offers the test channel where there is one, else the paste field; and the address.

    Signals:
        play_test_wanted: The test channel shall be played.
        paste_wanted: The cursor shall go to the paste field.
    """

    play_test_wanted = Signal()
    paste_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(
            "play-circle-outline",
            "Nothing is playing",
            hint=" ",
            primary=" ",
            secondary=" ",
            parent=parent,
        )
        self._desk = desk
        self.address = UrlWell()
        self.address.setFixedWidth(TEXT_WIDTH)
        self.extra.addSpacing(tokens.SPACE_M)
        centre = Qt.AlignmentFlag.AlignHCenter
        self.extra.addWidget(make_label(self.tr("In other apps"), "small"), alignment=centre)
        self.extra.addWidget(self.address, alignment=centre)
        self.primary.clicked.connect(self._act)
        self.secondary.clicked.connect(self.paste_wanted)
        self._has_test: bool | None = None

    def refresh(self, snapshot: Snapshot) -> None:
        """Offer what is possible now."""
        self.address.show_url(player_urls.url_without_id(snapshot.base_url))
        has_test = self._desk.streams.test_link is not None
        if has_test == self._has_test:
            return
        self._has_test = has_test
        if has_test:
            hint = self.tr("Paste a link above, or play the test channel to check your player.")
            action, icon = self.tr("Play test channel"), "television-play"
        else:
            hint = self.tr("Paste an Ace Stream link, an id or a magnet into the field above.")
            action, icon = self.tr("Paste a link"), "clipboard-play-outline"
        self.set_texts(self.tr("Nothing is playing"), hint=hint, primary=action)
        self.primary.set_icon_name(icon)
        self.secondary.setText(self.tr("Paste a link"))
        self.secondary.setVisible(has_test)

    def _act(self) -> None:
        if self._has_test:
            self.play_test_wanted.emit()
        else:
            self.paste_wanted.emit()
