"""What the Streams page says while nothing plays and there is an engine."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from acedesk.model.engine import EngineState
from acedesk.model.snapshot import Snapshot
from acedesk.proxy.http import player_urls
from acedesk.ui.look import tokens
from acedesk.ui.widgets.empty_state import TEXT_WIDTH, EmptyState
from acedesk.ui.widgets.label import make_label
from acedesk.ui.widgets.url_well import UrlWell
from acedesk.words.errors import explain


class NoStreams(EmptyState):
    """Offers the paste field and the test channel; says when no engine answers.

    Signals:
        play_test_wanted: The test channel shall be played.
        paste_wanted: The cursor shall go to the paste field.
        engines_wanted: The Engines page shall be opened.
    """

    play_test_wanted = Signal()
    paste_wanted = Signal()
    engines_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "play-circle-outline",
            "Nothing is playing",
            hint=" ",
            primary=" ",
            secondary=" ",
            parent=parent,
        )
        self._answers = True
        self.address = UrlWell()
        self.address.setFixedWidth(TEXT_WIDTH)
        self.extra.addSpacing(tokens.SPACE_M)
        centre = Qt.AlignmentFlag.AlignHCenter
        self.extra.addWidget(make_label(self.tr("In other apps"), "small"), alignment=centre)
        self.extra.addWidget(self.address, alignment=centre)
        self.secondary.setText(self.tr("Play the test channel"))
        self.primary.clicked.connect(self._act)
        self.secondary.clicked.connect(self.play_test_wanted)

    def refresh(self, snapshot: Snapshot, address: str) -> None:
        """Offer what is possible now.

        Args:
            address: What player URLs start with, a token included where one is needed.
        """
        self.address.show_url(player_urls.url_without_id(address))
        silent = [one for one in snapshot.real_engines if one.state in _SILENT]
        self._answers = len(silent) < len(snapshot.real_engines)
        if self._answers:
            states = {one.state for one in snapshot.real_engines}
            starts = EngineState.STARTING in states and EngineState.READY not in states
            self.set_texts(
                self.tr("An engine is starting") if starts else self.tr("Nothing is playing"),
                hint=self.tr("A link plays by itself as soon as the engine answers.")
                if starts
                else self.tr("Paste an Ace Stream link, an id or a magnet into the field above."),
                primary=self.tr("Paste a link"),
            )
            self.primary.set_icon_name("clipboard-play-outline")
            return
        why = explain(silent[0].error).sentences if silent[0].error is not None else ""
        self.set_texts(
            self.tr("No engine answers"),
            hint=f"{silent[0].name}: {why}" if why else "",
            primary=self.tr("Look at the engines"),
        )
        self.primary.set_icon_name("engine-outline")

    def _act(self) -> None:
        if self._answers:
            self.paste_wanted.emit()
        else:
            self.engines_wanted.emit()


_SILENT = (EngineState.UNHEALTHY, EngineState.STOPPED)
