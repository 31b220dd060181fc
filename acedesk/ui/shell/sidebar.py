"""The left side: name, pages with their counts, and the protection in words."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from acedesk.model.snapshot import Snapshot
from acedesk.ui.look import icons, theme, tokens
from acedesk.ui.look.logo import Mark
from acedesk.ui.vpn.protection import Mood, ProtectionSentence, describe
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.glyph import Glyph
from acedesk.ui.widgets.label import make_label, set_role
from acedesk.ui.widgets.pill import paint_pill, pill_height, pill_width
from acedesk.words import numbers

_SHIELDS = {
    Mood.GOOD: ("shield-check", "good"),
    Mood.WORKING: ("shield-sync-outline", "working"),
    Mood.WARN: ("shield-alert-outline", "warn"),
    Mood.BAD: ("shield-off-outline", "bad"),
    Mood.IDLE: ("shield-outline", "idle"),
}


PADDING = 10  # pixels around the words about the protection

DOT = 4  # pixels; half of the one that says in a narrow window that something is not saved

FRAME = 1  # pixels; that of every scrolled area, see the style sheet


class PageButton(QAbstractButton):
    """One page in the list: icon, name, and a count where one says something."""

    def __init__(self, icon: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._count = ""
        self._unsaved = 0
        self._keys = ""
        self._by_keyboard = False
        self.setText(name)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_count(self, count: str) -> None:
        """Show a count ("3", "!"), nothing for ""."""
        if count != self._count:
            self._count = count
            self._tell()
            self.update()

    @property
    def count(self) -> str:
        """The count that is shown."""
        return self._count

    def set_unsaved(self, count: int) -> None:
        """Show that so much was changed on the page and not saved."""
        self._unsaved = count
        self._tell()
        self.update()

    @property
    def unsaved(self) -> int:
        """How much is shown as not saved."""
        return self._unsaved

    def set_keys(self, keys: str) -> None:
        """Name the keys that open the page; in a narrow window its name is nowhere else."""
        self._keys = keys
        self._tell()

    def _tell(self) -> None:
        said = ""
        if self._unsaved:
            said = f"{numbers.count(self._unsaved, 'change')} not saved"
        name = f"{self.text()} ({self._keys})" if self._keys else self.text()
        self.setAccessibleDescription(said or self._count)
        self.setToolTip(f"{name}: {said}" if said else name)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # A ring around the page that was just clicked, or at start, would only be noise.
        reasons = Qt.FocusReason
        self._by_keyboard = event.reason() in (reasons.TabFocusReason, reasons.BacktabFocusReason)
        super().focusInEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(tokens.SIDEBAR_WIDTH - 2 * tokens.SPACE_M, tokens.NAV_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        inside = tokens.NARROW_SIDEBAR - 2 * FRAME
        return QSize(inside - 2 * tokens.SPACE_M, tokens.NAV_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        chosen = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen or self.underMouse():
            painter.setBrush(theme.color("accent_tint" if chosen else "pressed"))
            painter.drawRoundedRect(box, tokens.RADIUS_FIELD, tokens.RADIUS_FIELD)
        if self.hasFocus() and self._by_keyboard:
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, tokens.RADIUS_FIELD, tokens.RADIUS_FIELD)
        self._paint_contents(painter, box, "accent_text" if chosen else "text")

    def _paint_contents(self, painter: QPainter, box: QRectF, ink: str) -> None:
        size, middle = tokens.NAV_ICON, box.center().y()
        mark = QRectF(box.left() + 10, middle - size / 2, size, size)
        chosen = ink == "accent_text"
        icons.paint(painter, self._icon, mark, theme.color(ink if chosen else "muted"))
        if box.width() < 3 * size:  # a narrow window: the name is read aloud and in the tooltip
            if self._unsaved:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("warn"))
                painter.drawEllipse(mark.topRight(), DOT, DOT)
            return
        painter.setFont(theme.font(0.5, bold=chosen))
        painter.setPen(theme.color(ink))
        text = QRectF(mark.right() + 10, box.top(), box.width(), box.height())
        painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), self.text())
        said, tone, icon = self._count, "bad" if self._count == "!" else "plain", ""
        if self._unsaved:
            said, tone, icon = str(self._unsaved), "warn", "pencil-outline"
        if said:
            left = box.right() - 8 - pill_width(said, mark=bool(icon))
            where = QPointF(left, middle - pill_height() / 2)
            paint_pill(painter, where, said, tone=tone, icon=icon)


class Sidebar(QWidget):
    """The list of pages.

    Signals:
        page_wanted: With the name of the page that was clicked.
        protection_wanted: The card at the bottom was clicked.
    """

    page_wanted = Signal(str)
    protection_wanted = Signal()

    def __init__(
        self, pages: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.buttons: dict[str, PageButton] = {}
        column = QVBoxLayout(self)
        side = tokens.SPACE_M
        column.setContentsMargins(side, tokens.SPACE_L, side, side)
        column.setSpacing(2)
        column.addLayout(self._brand())
        column.addSpacing(tokens.SPACE_M)
        for name, title, icon in pages:
            button = PageButton(icon, title)
            button.clicked.connect(lambda _=False, wanted=name: self.page_wanted.emit(wanted))
            self.buttons[name] = button
            column.addWidget(button)
        column.addStretch(1)
        self.protection = SidebarProtection()
        self.protection.clicked.connect(self.protection_wanted)
        column.addWidget(self.protection)

    def _brand(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(3, 0, 0, 0)
        row.setSpacing(tokens.SPACE_S)
        row.addWidget(Mark(22))
        self._name = make_label("AceDesk")
        self._name.setFont(theme.font(3, bold=True))
        row.addWidget(self._name)
        row.addStretch(1)
        return row

    def set_narrow(self, narrow: bool) -> None:
        """Show marks only, where there is no room for words."""
        self._name.setVisible(not narrow)
        self.protection.set_narrow(narrow)
        for button in self.buttons.values():
            button.updateGeometry()

    def show_page(self, name: str) -> None:
        """Mark this page as the one that is open."""
        self.buttons[name].setChecked(True)

    def show_unsaved(self, name: str, count: int) -> None:
        """Show beside a page how much was changed there and not saved."""
        self.buttons[name].set_unsaved(count)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show how many streams and engines there are, and how engines are protected."""
        said = describe(snapshot)
        counts = {
            "Streams": str(len(snapshot.live_streams) or ""),
            "Engines": str(len(snapshot.own_engines) or ""),
            "VPN": "!" if said.mood is Mood.BAD else "",
        }
        for name, count in counts.items():
            self.buttons[name].set_count(count)
        self.protection.show_sentence(said)


class SidebarProtection(Card):
    """Says whether engines leave through a VPN; a click opens the VPN page.

    Signals:
        clicked: By mouse; by keyboard the page is in the list above.
    """

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=PADDING, parent=parent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.body.setSpacing(tokens.SPACE_XS)
        self._glyph = Glyph("shield-outline", tokens.BUTTON_ICON, "idle")
        self._title = make_label("", "strong", wrap=True)
        self._text = make_label("", "small", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self._glyph)
        row.addWidget(self._title, 1)
        self.body.addLayout(row)
        self.body.addWidget(self._text)
        self.setVisible(False)

    def show_sentence(self, said: ProtectionSentence) -> None:
        """Show the protection; the first sentence, the page has the rest."""
        icon, role = _SHIELDS[said.mood]
        self._glyph.show_icon(icon, role)
        set_role(self._title, role if role in ("good", "warn", "bad") else "strong")
        self._title.setFont(theme.font(bold=True))
        first = said.text.partition(". ")[0].rstrip(".")
        for label, text in ((self._title, said.title), (self._text, first)):
            if label.text() != text:
                label.setText(text)
        self.setToolTip(said.text)
        self.setVisible(True)

    def set_narrow(self, narrow: bool) -> None:
        """Show the shield only."""
        side = 8 if narrow else PADDING  # the shield in the middle
        self.body.setContentsMargins(side, PADDING, side, PADDING)
        for label in (self._title, self._text):
            label.setVisible(not narrow)

    @property
    def text(self) -> str:
        """What the card says."""
        return f"{self._title.text()}: {self._text.text()}"

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()


class ScrolledSidebar(QScrollArea):
    """The sidebar where it finds room: narrow in a narrow window, scrolled in a low one."""

    def __init__(self, sidebar: Sidebar) -> None:
        super().__init__()
        self._sidebar = sidebar
        self.setWidgetResizable(True)
        self.setWidget(sidebar)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(tokens.SIDEBAR_WIDTH)

    def set_narrow(self, narrow: bool) -> None:
        """Be as wide as the marks alone."""
        self.setFixedWidth(tokens.NARROW_SIDEBAR if narrow else tokens.SIDEBAR_WIDTH)
        self._sidebar.set_narrow(narrow)
