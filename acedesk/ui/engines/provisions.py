"""Engines that are being made, as cards: steps with Cancel, then the result in words.

Above them stands why none is made, when making them failed too often.
"""

import datetime
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from acedesk.model.engine import BreakerKind, EngineState, ProvisionState
from acedesk.model.snapshot import ProvisionView, Snapshot
from acedesk.ui.engines import words
from acedesk.ui.engines.action_card import ActionCard
from acedesk.ui.engines.steps import StepRow
from acedesk.ui.look import tokens
from acedesk.ui.widgets.buttons import IconButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.error_card import ErrorCard, describe
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label
from acedesk.words import numbers

READY_SHOWN: Final = 30.0  # seconds; long enough to be read, then the table says it

_MARKS: Final = {
    ProvisionState.RUNNING: ("ring", "working"),
    ProvisionState.DONE: ("check-circle", "good"),
    ProvisionState.CANCELLED: ("hollow", "idle"),
    ProvisionState.FAILED: ("cross", "bad"),
}


class ProvisionCard(QWidget):
    """One provision.

    Signals:
        cancel_wanted: Cancel it; for an ended one: forget it.
        again_wanted: Forget it and begin another.
    """

    cancel_wanted = Signal(str)
    again_wanted = Signal(str)

    def __init__(self, provision_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._id = provision_id
        self._state: ProvisionState | None = None
        self._progress = Card(padding=tokens.SPACE_M)
        self._mark = Glyph("ring", tokens.BUTTON_ICON, "working")
        self._title = make_label("", "strong")
        self._note = make_label("", "muted")
        self.steps = StepRow()
        self.cancel = SecondaryButton(self.tr("Cancel"), "close", small=True)
        self.dismiss = IconButton("close", self.tr("Dismiss"))
        self.failure = ErrorCard()
        self._lay_out()
        self.cancel.clicked.connect(self._cancel)
        self.dismiss.clicked.connect(self._cancel)
        self.failure.dismissed.connect(self._cancel)

    def show_provision(self, provision: ProvisionView, now: datetime.datetime) -> None:
        """Show how it stands."""
        failed = provision.state is ProvisionState.FAILED
        self._progress.setVisible(not failed)
        if failed:
            if self._state is not provision.state:
                self._show_failure(provision)
        else:
            self._show_progress(provision, now)
        self._state = provision.state

    @property
    def text(self) -> str:
        """What the card says."""
        if not self.failure.isHidden():
            return self.failure.text
        return f"{self._title.text()} {self._note.text()}".strip()

    def _show_progress(self, provision: ProvisionView, now: datetime.datetime) -> None:
        running = provision.state is ProvisionState.RUNNING
        result = words.result(provision)
        self._mark.show_icon(*_MARKS[provision.state])
        self._title.setText(result.what)
        self._note.setText(
            numbers.format_since(provision.started_time, now) if running else result.now
        )
        self.steps.setVisible(running)
        self.steps.show_steps(provision)
        self.cancel.setVisible(running)
        self.dismiss.setVisible(not running)

    def _show_failure(self, provision: ProvisionView) -> None:
        result = words.result(provision)
        self.failure.show_text(
            result.what,
            " ".join(part for part in (result.why, result.now, result.action) if part),
            details=describe(provision.error) if provision.error else "",
            action=self.tr("Try again"),
            do=lambda: self.again_wanted.emit(self._id),
        )

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.cancel_wanted.emit(self._id)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(tokens.SPACE_S)
        head.addWidget(self._mark)
        head.addWidget(self._title)
        head.addWidget(self._note)
        head.addStretch(1)
        head.addWidget(self.cancel)
        head.addWidget(self.dismiss)
        self._progress.body.addLayout(head)
        self._progress.body.addWidget(self.steps)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._progress)
        column.addWidget(self.failure)


class ProvisionList(QWidget):
    """The cards of all provisions, the newest on top, below those of open circuit breakers.

    Signals:
        cancel_wanted, again_wanted: As of the card, with the provision's id.
        try_wanted: Make engines again at once, whatever failed before.
    """

    cancel_wanted = Signal(str)
    again_wanted = Signal(str)
    try_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(tokens.SPACE_M)
        self.cards: dict[str, ProvisionCard] = {}
        self.breakers: dict[BreakerKind, ActionCard] = {}
        # When each provision that succeeded was first seen so.
        self._done: dict[str, datetime.datetime] = {}

    def show_provisions(self, snapshot: Snapshot) -> None:
        """Show those that run and what became of the last; what is over says nothing any more."""
        now = snapshot.time
        provisions = [one for one in snapshot.provisions if self._is_news(one, snapshot)]
        for gone in self.cards.keys() - {provision.id for provision in provisions}:
            card = self.cards.pop(gone)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        for provision in provisions:
            if provision.id not in self.cards:
                self._add(provision.id)
            self.cards[provision.id].show_provision(provision, now)
        paused = self._show_breakers(snapshot)
        self.setVisible(bool(provisions) or paused)

    def _show_breakers(self, snapshot: Snapshot) -> bool:
        """Show why engines are not made; tell whether there is something to say."""
        for view in snapshot.breakers:
            said = words.breaker(view)
            if said is not None and view.kind not in self.breakers:
                self._add_breaker(view.kind)
            card = self.breakers.get(view.kind)
            if card is not None:
                card.setVisible(said is not None)
            if card is not None and said is not None:
                card.show_text(
                    said.what,
                    f"{said.why} {said.now}".strip(),
                    details=describe(view.error) if view.error else "",
                    action=self.tr("Try now"),
                )
        return any(words.breaker(view) is not None for view in snapshot.breakers)

    def _add_breaker(self, kind: BreakerKind) -> None:
        card = ActionCard("pause-circle-outline", button_icon="refresh", role="warn")
        card.act.clicked.connect(self.try_wanted)
        self.breakers[kind] = card
        self._column.insertWidget(len(self.breakers) - 1, card)

    def _is_news(self, provision: ProvisionView, snapshot: Snapshot) -> bool:
        """Tell whether it is still worth a card: "is ready" only while it is, and not for ever."""
        if provision.state is not ProvisionState.DONE:
            return True
        done_time = self._done.setdefault(provision.id, snapshot.time)
        ready = any(
            one.id == provision.engine_id and one.state is EngineState.READY
            for one in snapshot.engines
        )
        return ready and (snapshot.time - done_time).total_seconds() < READY_SHOWN

    def _add(self, provision_id: str) -> None:
        card = ProvisionCard(provision_id)
        card.cancel_wanted.connect(self.cancel_wanted)
        card.again_wanted.connect(self.again_wanted)
        self.cards[provision_id] = card
        self._column.insertWidget(len(self.breakers), card)
