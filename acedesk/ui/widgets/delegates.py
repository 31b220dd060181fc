"""Painted table cells: plain text, state pill, two lines, sparkline, bar, neutral pill.

A delegate paints what the model says in `Role`s; no widget lives in a cell, so that hundreds of
rows scroll smoothly.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from acedesk.ui.look import theme, tokens
from acedesk.ui.roles import Role
from acedesk.ui.widgets.pill import TONES, paint_pill, pill_height, pill_width
from acedesk.ui.widgets.sparkline import paint_sparkline

Index = QModelIndex | QPersistentModelIndex

SPARK_WIDTH = 72
SPARK_HEIGHT = 22
BAR_WIDTH = 70
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
MINIMUM_DETAIL = 40  # pixels; with less only an ellipsis would be seen

# All cells of a table as large as a screen of 1920 x 1080: 8 MB of pictures.
PICTURE_PIXELS: Final = 2_000_000
# What tables stand on.
CARD_GROUND: Final = "panel"


class CellPictures:
    """Pictures of painted cells, those that were not used for longest go first.

    A window that gets another size, a wheel that turns and the mouse over a row have cells painted
    again that look as before; that was half of the time of a new size.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, QPixmap] = OrderedDict()
        self._pixels = 0

    def get(
        self, key: Hashable, size: QSize, scale: float, paint: Callable[[QPixmap], None]
    ) -> QPixmap:
        """Return the picture of this key; one that is not there is painted.

        Args:
            size: Of the cell, in the window's pixels.
            scale: Pixels of the screen to one of the window's, across.
        """
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        made = QPixmap(size * scale)
        made.setDevicePixelRatio(scale)
        paint(made)
        self._kept[key] = made
        self._pixels += made.width() * made.height()
        while self._pixels > PICTURE_PIXELS * scale * scale:
            _, oldest = self._kept.popitem(last=False)
            self._pixels -= oldest.width() * oldest.height()
        return made


class CellDelegate(QStyledItemDelegate):
    """Paints the row's ground and one line of text; the others paint their own contents.

    Attributes:
        hovered_row: The row under the mouse, -1 for none; the table sets it.
        pictures: Those of the table, which sets it; None paints each cell each time.
    """

    hovered_row = -1
    pictures: CellPictures | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect, ground = option.rect, self._ground(option, index)
        contents, scale = index.data(Role.CONTENTS), painter.device().devicePixelRatioF()
        # On a screen with half pixels a cell may begin between two of them.
        if self.pictures is not None and contents is not None and scale.is_integer():
            picture = self._picture(self.pictures, contents, rect.size(), scale, ground, index)
            painter.drawPixmap(rect.topLeft(), picture)
        else:
            painter.save()
            self._paint_cell(painter, rect, ground, index)
            painter.restore()
        self._paint_lines(painter, option, index)

    def _picture(
        self,
        pictures: CellPictures,
        contents: Hashable,
        size: QSize,
        scale: float,
        ground: str,
        index: Index,
    ) -> QPixmap:
        def paint(picture: QPixmap) -> None:
            # Not see-through: letters with coloured edges need a ground.
            picture.fill(theme.color(CARD_GROUND))
            painter = QPainter(picture)
            self._paint_cell(painter, QRect(QPoint(), size), ground, index)
            painter.end()

        look = (type(self), ground, theme.colors(), theme.base_points())
        key = (contents, size.width(), size.height(), scale, look)
        return pictures.get(key, size, scale, paint)

    def _paint_cell(self, painter: QPainter, rect: QRect, ground: str, index: Index) -> None:
        if ground:
            painter.fillRect(rect, theme.color(ground))
        room = QRectF(rect).adjusted(tokens.SPACE_L, 0, -tokens.SPACE_XS, 0)
        self.paint_contents(painter, room, index)

    def _ground(self, option: QStyleOptionViewItem, index: Index) -> str:
        """Return the role of the colour behind the cell, "" for that of the card."""
        if option.state & QStyle.StateFlag.State_Selected:
            return "accent_tint"
        return "hover" if index.row() == self.hovered_row else ""

    def _paint_lines(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect
        if index.row() < index.model().rowCount() - 1:  # hairlines only between rows
            painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.color("hairline"))
        view = option.widget
        if not isinstance(view, QAbstractItemView) or not view.hasFocus():
            return
        if rect.left() == 0 and index.row() == view.currentIndex().row():
            painter.fillRect(rect.left(), rect.top(), 3, rect.height(), theme.color("accent"))

    def paint_contents(self, painter: QPainter, room: QRectF, index: Index) -> None:
        """Paint the cell into `room`, which has the paddings taken off."""
        tone = index.data(Role.TONE)
        role = TONES[tone][0] if tone else "text"
        draw_text(painter, room, str(index.data() or ""), theme.font(), role)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, tokens.ROW_HEIGHT)


def draw_text(painter: QPainter, room: QRectF, text: str, font: QFont, role: str) -> None:
    """Draw one line, vertically centred, cut with an ellipsis where `room` ends."""
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.setFont(font)
    painter.setPen(theme.color(role))
    painter.drawText(room, _LEFT, shown)


class StatePillDelegate(CellDelegate):
    """A coloured pill with the state's shape: DisplayRole, TONE, SHAPE."""

    def paint_contents(self, painter: QPainter, room: QRectF, index: Index) -> None:
        origin = QPointF(room.left(), room.center().y() - pill_height() / 2)
        paint_pill(
            painter,
            origin,
            str(index.data() or ""),
            tone=str(index.data(Role.TONE) or "plain"),
            shape=str(index.data(Role.SHAPE) or ""),
        )


class TwoLineDelegate(CellDelegate):
    """A bold name over a small detail, in a low row beside it: DisplayRole, DETAIL."""

    def paint_contents(self, painter: QPainter, room: QRectF, index: Index) -> None:
        bold, small = theme.font(bold=True), theme.font(theme.SMALL_POINTS)
        name_height = theme.metrics(bold=True).height()
        detail_height = theme.metrics(theme.SMALL_POINTS).height()
        detail = str(index.data(Role.DETAIL) or "")
        if not detail:
            draw_text(painter, room, str(index.data() or ""), bold, "text")
            return
        if room.height() < name_height + detail_height + tokens.SPACE_XS:
            self._paint_beside(painter, room, str(index.data() or ""), detail)
            return
        top = room.center().y() - (name_height + detail_height) / 2
        name = QRectF(room.left(), top, room.width(), name_height)
        below = QRectF(room.left(), name.bottom(), room.width(), detail_height)
        draw_text(painter, name, str(index.data() or ""), bold, "text")
        draw_text(painter, below, detail, small, "muted")

    def _paint_beside(self, painter: QPainter, room: QRectF, name: str, detail: str) -> None:
        """Paint both in one line; the name has the first right to the room."""
        width = min(room.width(), theme.metrics(bold=True).horizontalAdvance(name) + 1)
        left = QRectF(room.left(), room.top(), width, room.height())
        draw_text(painter, left, name, theme.font(bold=True), "text")
        right = room.adjusted(width + tokens.SPACE_S, 0, 0, 0)
        if right.width() > MINIMUM_DETAIL:
            draw_text(painter, right, detail, theme.font(theme.SMALL_POINTS), "muted")


class SparkDelegate(CellDelegate):
    """The course of the last minutes, then the number: HISTORY, DisplayRole, TONE.

    With an ICON it is a pill to be pressed.
    """

    def paint_contents(self, painter: QPainter, room: QRectF, index: Index) -> None:
        icon = str(index.data(Role.ICON) or "")
        if icon:
            origin = QPointF(room.left(), room.center().y() - pill_height() / 2)
            paint_pill(painter, origin, str(index.data() or ""), tone="accent", icon=icon)
            return
        history = index.data(Role.HISTORY) or ()
        role = TONES[str(index.data(Role.TONE) or "accent")][0]
        text, left = str(index.data() or ""), room.left()
        if len(history) > 1:
            middle = room.center().y()
            box = QRectF(left, middle - SPARK_HEIGHT / 2, SPARK_WIDTH, SPARK_HEIGHT)
            paint_sparkline(painter, box, history, theme.color(role))
            left += SPARK_WIDTH + tokens.SPACE_S
        number = QRectF(left, room.top(), room.right() - left, room.height())
        draw_text(painter, number, text, theme.font(), "text" if len(history) > 1 else "muted")


class BarDelegate(CellDelegate):
    """A number over a bar: DisplayRole, FRACTION, TONE."""

    def paint_contents(self, painter: QPainter, room: QRectF, index: Index) -> None:
        fraction = index.data(Role.FRACTION)
        if fraction is None:
            super().paint_contents(painter, room, index)
            return
        height = theme.metrics().height()
        top = room.center().y() - (height + tokens.BAR_HEIGHT) / 2
        text = QRectF(room.left(), top, room.width(), height)
        draw_text(painter, text, str(index.data() or ""), theme.font(), "text")
        bar = QRectF(
            room.left(), text.bottom() + 1, min(BAR_WIDTH, room.width()), tokens.BAR_HEIGHT
        )
        paint_bar(painter, bar, float(fraction), str(index.data(Role.TONE) or "accent"))


def paint_bar(painter: QPainter, bar: QRectF, fraction: float, tone: str) -> None:
    """Paint a rounded bar filled to `fraction` (0 to 1)."""
    radius = bar.height() / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("pill"))
    painter.drawRoundedRect(bar, radius, radius)
    if fraction > 0:
        filled = max(bar.height(), bar.width() * min(1.0, fraction))
        painter.setBrush(theme.color(TONES[tone][0]))
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), filled, bar.height()), radius, radius)
    painter.restore()


class PillDelegate(CellDelegate):
    """A neutral pill with an icon: DisplayRole, ICON, TONE; nothing when the text is empty."""

    def paint_contents(self, painter: QPainter, room: QRectF, index: Index) -> None:
        text, icon = str(index.data() or ""), str(index.data(Role.ICON) or "")
        if not text:
            return
        spare = room.width() - pill_width("", mark=bool(icon))
        origin = QPointF(room.left(), room.center().y() - pill_height() / 2)
        shown = theme.metrics(bold=True).elidedText(text, Qt.TextElideMode.ElideRight, spare)
        paint_pill(painter, origin, shown, tone=str(index.data(Role.TONE) or "plain"), icon=icon)
