"""Who watches one stream: one line each, with a button that disconnects."""

import datetime
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from acedesk.model.history import LeftView
from acedesk.model.snapshot import ClientView
from acedesk.ui.look import tokens
from acedesk.ui.streams import history_words, words
from acedesk.ui.widgets.buttons import IconButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import ElidedLabel, make_label
from acedesk.ui.widgets.pill import Pill

# More rows than anybody reads, and few enough to be filled once a second.
MOST_ROWS = 50


class ViewerRow(QWidget):
    """One viewer.

    Signals:
        close_wanted: With the id of the viewer.

    Attributes:
        state: Says "Paused"; hidden while the viewer plays.
        trouble: Says how often it skipped or paused; hidden while it never did, or does.
    """

    close_wanted = Signal(str)

    def __init__(self, client: ClientView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._id = client.id
        self._glyph = Glyph("television", tokens.NAV_ICON)
        self._name = ElidedLabel("", "strong")
        self._detail = ElidedLabel("", "small")
        self.state = Pill()
        self.trouble = ElidedLabel("", "small")
        self.close_button = IconButton("close", self.tr("Disconnect"))
        self.close_button.clicked.connect(lambda: self.close_wanted.emit(self._id))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(self._glyph)
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(self._name)
        texts.addWidget(self._detail)
        texts.addWidget(self.trouble)
        row.addLayout(texts, 1)
        row.addWidget(self.state)
        row.addWidget(self.close_button)
        self.show_client(client)

    def show_client(self, client: ClientView) -> None:
        """Show how the viewer does now."""
        name = words.player_name(client)
        self._glyph.show_icon(words.viewer_icon(client), "muted")
        self._name.setText(name)
        self._detail.setText(words.viewer_detail(client))
        text, tone, shape = words.VIEWER_STATES.get(client.state, ("", "idle", ""))
        self.state.show_text(text, tone=tone, shape=shape)
        self.state.setVisible(bool(text))
        trouble = history_words.trouble(client)
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble) and not text)
        tip = history_words.viewer_tip(client)
        if self.toolTip() != tip:
            self.setToolTip(tip)
        title = self.tr("Disconnect {name}").format(name=name)
        if self.close_button.toolTip() != title:
            self.close_button.setToolTip(title)
            self.close_button.setAccessibleName(title)

    @property
    def texts(self) -> tuple[str, str]:
        """What the two lines say."""
        return self._name.text(), self._detail.text()


class LeftRow(QWidget):
    """One viewer that is gone, in pale."""

    def __init__(self, left: LeftView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left = left
        name = ElidedLabel(words.player_name(left), "muted")
        self._detail = ElidedLabel("", "small")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.SPACE_M)
        row.addWidget(Glyph(words.viewer_icon(left), tokens.NAV_ICON, "idle"))
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(name)
        texts.addWidget(self._detail)
        row.addLayout(texts, 1)
        self.setToolTip(left.address)

    def show_time(self, now: datetime.datetime) -> None:
        """Say how long ago it left."""
        self._detail.setText(history_words.left_detail(self._left, now))

    @property
    def detail(self) -> str:
        """What the second line says."""
        return self._detail.text()


class ViewerList(Card):
    """All viewers of one stream and the last that left; rows are reused: focus stays where it is.

    Signals:
        close_wanted: With the id of the viewer to disconnect.

    Attributes:
        rows, left_rows: By the id of the viewer.
    """

    close_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Viewers"), parent=parent)
        self.rows: dict[str, ViewerRow] = {}
        self.left_rows: dict[str, LeftRow] = {}
        self._nobody = make_label(self.tr("Nobody is watching."), "muted")
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, tokens.SPACE_S, 0, 0)
        self._column.setSpacing(tokens.SPACE_L)
        self._column.addWidget(self._nobody)
        self._left_title = make_label(self.tr("Left"), "small")
        self._left_title.hide()
        self._gone = QVBoxLayout()
        self._gone.setSpacing(tokens.SPACE_L)
        self._more = make_label("", "muted")
        self._more.hide()
        self._column.addWidget(self._more)
        self._column.addWidget(self._left_title)
        self._column.addLayout(self._gone)
        self._column.addStretch(1)
        inner = QWidget()
        inner.setLayout(self._column)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(area, 1)

    def show_clients(self, clients: Sequence[ClientView]) -> None:
        """Show these viewers; of many the first ones, and how many more there are."""
        more = len(clients) - MOST_ROWS
        self._more.setText(self.tr("and {count} more").format(count=more))
        self._more.setVisible(more > 0)
        clients = clients[:MOST_ROWS]
        for gone in self.rows.keys() - {client.id for client in clients}:
            row = self.rows.pop(gone)
            row.hide()
            self._column.removeWidget(row)
            row.deleteLater()
        for client in clients:
            known = self.rows.get(client.id)
            if known is None:
                self._add(client)
            else:
                known.show_client(client)
        self._nobody.setVisible(not clients)

    def _add(self, client: ClientView) -> None:
        row = ViewerRow(client)
        row.close_wanted.connect(self.close_wanted)
        self.rows[client.id] = row
        self._column.insertWidget(self._column.indexOf(self._more), row)

    def show_left(self, left: Sequence[LeftView], now: datetime.datetime) -> None:
        """Show these viewers below, the last one first.

        Args:
            left: Oldest first.
        """
        for gone in self.left_rows.keys() - {view.id for view in left}:
            left_row = self.left_rows.pop(gone)
            left_row.hide()
            self._gone.removeWidget(left_row)
            left_row.deleteLater()
        for view in left:
            if view.id not in self.left_rows:
                self.left_rows[view.id] = LeftRow(view)
                self._gone.insertWidget(0, self.left_rows[view.id])
            self.left_rows[view.id].show_time(now)
        self._left_title.setVisible(bool(left))
