"""The course of one stream: bit rate above, buffer below, and where its engine was changed."""

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from acedesk.model.failover import Failover
from acedesk.model.history import Course
from acedesk.model.snapshot import StreamState, StreamView
from acedesk.ui.graphs.axis import (
    HOUR,
    MINUTES,
    Span,
    choose_top,
    paint_scale,
    paint_times,
    usual_highest,
)
from acedesk.ui.look import theme, tokens
from acedesk.ui.streams import history_words
from acedesk.ui.widgets.sparkline import course, paint_area, paint_line, thin_out
from acedesk.values import frozen_value
from acedesk.words import numbers

LOWEST: Final = 60  # pixels; with less the course cannot be read
# Below this the buffer would be a smear: the table says it as a number anyway.
BUFFER_FROM: Final = 150
BUFFER_SHARE: Final = 0.24
MARK: Final = 4.0  # half the width of the tick of a failover
_NOTHING_YET: Final = {
    StreamState.STARTING: "No picture yet",
    StreamState.SWITCHING: "No picture yet",
    StreamState.FAILED: "There was no picture",
    StreamState.STOPPED: "There was no picture",
}
NEAR: Final = 6  # pixels from a tick that still mean the tick


@frozen_value(kw_only=False)
class _Shown:
    """What is painted; compared to find out whether anything changed."""

    course: Course
    need: float | None = None
    failovers: tuple[Failover, ...] = ()
    state: StreamState = StreamState.STARTING
    now: datetime.datetime | None = dataclasses.field(default=None, compare=False)

    @property
    def is_over(self) -> bool:
        """Nothing is added any more: its last value is not that of now."""
        return self.state in (StreamState.FAILED, StreamState.STOPPED)


class StreamGraph(QWidget):
    """Paints a stream's course, newest at the right edge; a dashed line is what it needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stream: StreamView | None = None
        self._shown = _Shown(Course(interval=1.0))
        self._span = MINUTES
        self.setMinimumHeight(LOWEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._name_it()

    @property
    def span(self) -> Span:
        """The time it shows."""
        return self._span

    def set_span(self, span: Span) -> None:
        """Show this time from now on."""
        self._span = span
        self._name_it()
        if self._stream is not None and self._shown.now is not None:
            self.show_stream(self._stream, self._shown.now)
        self.update()

    def show_stream(self, stream: StreamView, now: datetime.datetime) -> None:
        """Show the course of this stream; the same one again costs nothing."""
        self._stream = stream
        begin = now - datetime.timedelta(seconds=self._span.seconds)
        recent = tuple(failover for failover in stream.failovers if failover.time >= begin)
        course_ = choose_course(stream, self._span)
        shown = _Shown(course_, stream.media_rate, recent, stream.state, now)
        changed, self._shown = shown != self._shown, shown
        if changed:
            self.setAccessibleDescription(
                describe(shown.course, shown.need, recent, over=shown.is_over)
            )
        if changed or recent:  # the marks move with time
            self.update()

    def _name_it(self) -> None:
        name = self.tr("Bit rate and buffer over the last {time}").format(time=self._span.words)
        self.setAccessibleName(name)

    # ------------------------------------------------------------------ places

    def _boxes(self, metrics: QFontMetricsF) -> tuple[QRectF, QRectF | None]:
        """Return where the rate goes and where the buffer, None where there is no room."""
        labels = metrics.horizontalAdvance("00.0") + tokens.SPACE_S
        box = QRectF(self.rect()).adjusted(labels, metrics.height() / 2, -1, -metrics.height() - 4)
        if self.height() < BUFFER_FROM:
            return box, None
        buffer, between = box.height() * BUFFER_SHARE, metrics.height() + tokens.SPACE_S
        lower = QRectF(box.left(), box.bottom() - buffer, box.width(), buffer)
        box.setBottom(lower.top() - between)
        return box, lower

    def _place_of(self, time: datetime.datetime, box: QRectF) -> float:
        assert self._shown.now is not None
        ago = (self._shown.now - time).total_seconds()
        return box.right() - box.width() * ago / self._span.seconds

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SMALL_POINTS))
        metrics = theme.metrics(theme.SMALL_POINTS)
        upper, lower = self._boxes(metrics)
        self._paint_rate(painter, upper, metrics)
        if lower is not None:
            self._paint_buffer(painter, lower, metrics)
        elif self._shown.course.buffer and not self._shown.is_over:
            text = self.tr("Buffer {time}").format(
                time=numbers.format_seconds(self._shown.course.buffer[-1])
            )
            painter.setPen(theme.color("muted"))
            painter.drawText(upper, int(Qt.AlignmentFlag.AlignTop), f" {text}")
        bottom = upper if lower is None else lower
        last_is = self.tr("end") if self._shown.is_over else ""
        paint_times(painter, bottom, self._span, metrics, last_is=last_is)
        for failover in self._shown.failovers:
            _paint_mark(painter, self._place_of(failover.time, upper), upper, bottom)
        if len(self._shown.course.rate) < 2:
            painter.setPen(theme.color("muted"))
            painter.setFont(theme.font())
            text = _NOTHING_YET.get(self._shown.state, "The course appears in a moment")
            painter.drawText(upper, int(Qt.AlignmentFlag.AlignCenter), text)

    def _paint_rate(self, painter: QPainter, box: QRectF, metrics: QFontMetricsF) -> None:
        values, need = self._shown.course.rate, self._shown.need
        highest = usual_highest(values, need) / 1e6
        top, step = choose_top(highest, 4 if box.height() >= 7 * metrics.height() else 2)
        paint_scale(painter, box, top, step, metrics)
        self._paint_course(painter, box, values, top * 1e6, theme.color("accent"))
        if need:
            y = round(box.bottom() - box.height() * need / (top * 1e6)) + 0.5
            painter.setPen(QPen(theme.color("muted"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))

    def _paint_buffer(self, painter: QPainter, box: QRectF, metrics: QFontMetricsF) -> None:
        values = self._shown.course.buffer
        top, _ = choose_top(max(values, default=0.0), 2)
        paint_scale(painter, box, top, top, metrics)
        self._paint_course(painter, box, values, top, theme.color("good"))
        painter.setPen(theme.color("muted"))
        title = QRectF(box.left(), box.top() - metrics.height() - 2, box.width(), metrics.height())
        painter.drawText(title, int(Qt.AlignmentFlag.AlignLeft), self.tr("Buffer, seconds"))

    def _paint_course(
        self, painter: QPainter, box: QRectF, values: Sequence[float], top: float, color: QColor
    ) -> None:
        if len(values) < 2:
            return
        part = QRectF(box)
        seconds = (len(values) - 1) * self._shown.course.interval
        share = min(1.0, seconds / (self._span.seconds - self._shown.course.interval))
        part.setLeft(box.right() - box.width() * share)
        line = course(thin_out(values, max(2, int(part.width() / 3))), part, top)
        fade = QLinearGradient(box.topLeft(), box.bottomLeft())
        for position, alpha in ((0.0, 0.28), (1.0, 0.02)):
            stop = QColor(color)
            stop.setAlphaF(alpha)
            fade.setColorAt(position, stop)
        paint_area(painter, line, part, QBrush(fade))
        paint_line(painter, line, color, 2)

    # ------------------------------------------------------------------ under the pointer

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.told_at(event.pos())
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def told_at(self, position: QPoint) -> str:
        """Return what a tooltip at this place says: the switch there, else the values of then."""
        if self._shown.now is None:
            return ""
        box, _ = self._boxes(theme.metrics(theme.SMALL_POINTS))
        near = [
            history_words.failover_line(failover)
            for failover in self._shown.failovers
            if abs(self._place_of(failover.time, box) - position.x()) <= NEAR
        ]
        if near:
            return "\n".join(near)
        if not box.left() <= position.x() <= box.right():
            return ""
        ago = (box.right() - position.x()) / box.width() * self._span.seconds
        return self._values_of(ago)

    def _values_of(self, ago: float) -> str:
        shown = self._shown
        assert shown.now is not None
        back = int(ago / shown.course.interval)
        if back >= len(shown.course.rate):
            return ""
        time = (shown.now - datetime.timedelta(seconds=ago)).astimezone()
        text = f"{time:%H:%M:%S} {numbers.format_rate(shown.course.rate[-1 - back])}"
        if back < len(shown.course.buffer):
            text += f", buffer {numbers.format_seconds(shown.course.buffer[-1 - back])}"
        return text


def _paint_mark(painter: QPainter, x: float, upper: QRectF, bottom: QRectF) -> None:
    color = theme.color("working")
    painter.setPen(QPen(color, 1, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(x, upper.top()), QPointF(x, bottom.bottom()))
    tick = [QPointF(x - MARK, upper.top() - MARK), QPointF(x + MARK, upper.top() - MARK)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF([*tick, QPointF(x, upper.top() + MARK)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def choose_course(stream: StreamView, span: Span) -> Course:
    """Return the values that show `span` best; a young stream's seconds tell an hour better."""
    recent, hour = stream.history.recent, stream.history.hour
    if span is HOUR and len(hour.rate) * hour.interval >= MINUTES.seconds:
        return hour
    if not recent.rate and stream.rate_history:
        return dataclasses.replace(recent, rate=stream.rate_history)
    return recent


def summary(values: Sequence[float], need: float | None, *, over: bool = False) -> str:
    """Return the course in words, for people who do not see it.

    Args:
        over: The stream has ended.
    """
    if not values:
        return "Nothing was delivered yet."
    last, lowest, highest = map(numbers.format_rate, (values[-1], min(values), max(values)))
    text = f"{'At the end' if over else 'Now'} {last}, lowest {lowest}, highest {highest}."
    return f"{text} The picture needs {numbers.format_rate(need)}." if need else text


def describe(
    shown: Course, need: float | None, failovers: Sequence[Failover], *, over: bool = False
) -> str:
    """Return all that the graph shows in words."""
    parts = [summary(shown.rate, need, over=over)]
    if shown.buffer and not over:
        now, lowest = (numbers.format_seconds(x) for x in (shown.buffer[-1], min(shown.buffer)))
        parts.append(f"Buffer {now}, lowest {lowest}.")
    if failovers:
        count = numbers.count(len(failovers), "switch", "switches")
        parts.append(
            f"{count} of engine: {'; '.join(map(history_words.failover_line, failovers))}."
        )
    return " ".join(parts)
