"""Labels in the steps of the type scale; one for figures, and one that cuts its text."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


def make_label(
    text: str = "", role: str = "", *, wrap: bool = False, selectable: bool = False
) -> QLabel:
    """Return a plain-text label.

    Args:
        role: "title", "section", "strong", "muted", "small", "good", "warn", "bad" or "".
        selectable: The text can be marked with mouse and keyboard and copied.
    """
    made = QLabel(text)
    # Names and addresses come from strangers: never let Qt guess that a text is HTML.
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return made


def set_role(label: QWidget, role: str) -> None:
    """Change the role of a label, and with it its colour."""
    set_style_property(label, "role", role)


def set_style_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet looks at and dress the widget again if it changed."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


class FigureLabel(QLabel):
    """One line of figures that change all the time; it grows, and keeps the room it once had.

    Qt lays a whole window out again when a label wants another size, and asks for that with each
    new text, but not with one whose size is fixed.
    """

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def setText(self, text: str) -> None:
        """Show `text`."""
        if text != self.text():
            super().setText(text)
            self._fix()

    def changeEvent(self, event: QEvent) -> None:
        changed = event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange)
        if changed:
            self.setMinimumSize(0, 0)
        super().changeEvent(event)
        if changed:
            self._fix()

    def _fix(self) -> None:
        self.setFixedSize(self.sizeHint())  # no less than the smallest size that is set


class ElidedLabel(QLabel):
    """One line that gives way: shows "…" where the room ends, and the whole text as a tooltip."""

    def __init__(
        self,
        text: str = "",
        role: str = "",
        *,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._elide = elide
        self._more = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 6, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_rest()

    def setText(self, text: str) -> None:
        """Show `text`; the tooltip follows."""
        if text != self.text():
            super().setText(text)
            self._tell_rest()

    def set_elide(self, elide: Qt.TextElideMode) -> None:
        """Cut at another end from now on."""
        if elide is not self._elide:
            self._elide = elide
            self.update()

    def set_tooltip(self, text: str) -> None:
        """Show this as the tooltip, "" for what does not fit."""
        if text != self._more:
            self._more = text
            self._tell_rest()

    def _tell_rest(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        self.setToolTip(self._more or (self.text() if cut else ""))

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paint_line(QPainter(self), self.contentsRect(), self.text())

    def paint_line(self, painter: QPainter, area: QRect, text: str) -> None:
        """Paint one line into the area, cut where it does not fit."""
        shown = self.fontMetrics().elidedText(text, self._elide, area.width())
        alignment = self.alignment() | Qt.AlignmentFlag.AlignVCenter
        self.style().drawItemText(
            painter,
            area,
            int(alignment),
            self.palette(),
            self.isEnabled(),
            shown,
            self.foregroundRole(),
        )
