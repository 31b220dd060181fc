"""Small rounded labels: counts, summaries and states."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from acedesk.ui.look import icons, shapes, theme, tokens

# Which colours a tone means: text role, background role.
TONES = {
    "plain": ("muted", "pill"),
    "accent": ("accent_text", "accent_tint"),
    "good": ("good", "good_tint"),
    "working": ("working", "working_tint"),
    "warn": ("warn", "warn_tint"),
    "bad": ("bad", "bad_tint"),
    "idle": ("idle", "pill"),
}


def pill_width(text: str, *, mark: bool) -> float:
    """Return how wide `paint_pill` draws this text, with or without a mark before it."""
    metrics = theme.metrics(tokens_step(), bold=True)
    return metrics.horizontalAdvance(text) + 20 + (tokens.PILL_ICON + 5 if mark else 0)


def tokens_step() -> float:
    """Return the type step of pills: one point below the base."""
    return -1.0


def pill_height() -> float:
    """Return the height of a pill, which grows with the font."""
    metrics = theme.metrics(tokens_step(), bold=True)
    return max(float(tokens.PILL_HEIGHT), metrics.height() + 6)


def paint_pill(
    painter: QPainter,
    origin: QPointF,
    text: str,
    *,
    tone: str = "plain",
    icon: str = "",
    shape: str = "",
) -> None:
    """Paint a pill with its top left corner at `origin`; `shape` (see `shapes`) or `icon` first."""
    ink, ground = (theme.color(role) for role in TONES.get(tone, TONES["plain"]))
    marked = bool(icon or shape)
    box = QRectF(origin.x(), origin.y(), pill_width(text, mark=marked), pill_height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, tokens.RADIUS_PILL, tokens.RADIUS_PILL)
    left = box.left() + 10
    if marked:
        mark = QRectF(
            left, box.center().y() - tokens.PILL_ICON / 2, tokens.PILL_ICON, tokens.PILL_ICON
        )
        if shape:
            shapes.paint(painter, shape, mark, ink)
        else:
            icons.paint(painter, icon, mark, ink)
        left += tokens.PILL_ICON + 5
    painter.setFont(theme.font(tokens_step(), bold=True))
    painter.setPen(ink)
    painter.drawText(
        QRectF(left, box.top(), box.right() - left, box.height()),
        int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
        text,
    )
    painter.restore()


class Pill(QWidget):
    """A pill as a widget, for headers and cards."""

    def __init__(
        self,
        text: str = "",
        *,
        tone: str = "plain",
        icon: str = "",
        shape: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = (text, tone, icon, shape)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def show_text(self, text: str, *, tone: str = "plain", icon: str = "", shape: str = "") -> None:
        """Change what the pill says; repaints only if it is something else."""
        look = (text, tone, icon, shape)
        if look != self._look:
            before, self._look = self.sizeHint(), look
            self.setAccessibleName(text)
            if self.sizeHint() != before:  # else the page would be laid out again for nothing
                self.updateGeometry()
            self.update()

    @property
    def text(self) -> str:
        """What the pill says."""
        return self._look[0]

    @property
    def tone(self) -> str:
        """The tone it says it in."""
        return self._look[1]

    def sizeHint(self) -> QSize:
        text, _tone, icon, shape = self._look
        width = pill_width(text, mark=bool(icon or shape))
        return QSize(int(width) + 1, int(pill_height()) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        text, tone, icon, shape = self._look
        paint_pill(QPainter(self), QPointF(0, 0), text, tone=tone, icon=icon, shape=shape)
