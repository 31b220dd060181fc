"""The order Tab goes through a window: as people read, from the upper left to the lower right.

Qt's own order is that in which the controls were made, which no one sees.
"""

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QLayout,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QStackedWidget,
    QWidget,
)


class ReadingOrder(QWidget):
    """Contents of a window through which Tab goes as people read."""

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Move the focus; called for every control inside."""
        wanted = next_in_order(self, QApplication.focusWidget(), back=not forward)
        if wanted is None:
            return super().focusNextPrevChild(forward)
        reasons = Qt.FocusReason
        wanted.setFocus(reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
        return True


def next_in_order(window: QWidget, now: QWidget | None, *, back: bool) -> QWidget | None:
    """Return the control Tab (or Shift+Tab: `back`) goes to, None when there is none."""
    order = [widget for widget in reading_order(window) if _takes_tab(widget)]
    if not order:
        return None
    place = _place_of(now, order)
    if place is None:
        return order[-1 if back else 0]
    return order[(place + (-1 if back else 1)) % len(order)]


def first_in(widget: QWidget) -> QWidget | None:
    """Return the first control below `widget` that Tab reaches, None when there is none."""
    return next((part for part in reading_order(widget) if _takes_tab(part)), None)


def reading_order(widget: QWidget) -> Iterator[QWidget]:
    """Return all visible controls below `widget`, as they are read."""
    for part in _parts(widget):
        if part.isVisible() and not part.isWindow():
            yield part
            yield from reading_order(part)


def _parts(widget: QWidget) -> list[QWidget]:
    """Return what lies directly in a widget, as it is read."""
    if isinstance(widget, QScrollArea):
        inside = widget.widget()
        return [inside] if inside is not None else []
    if isinstance(widget, QSplitter):
        return [part for n in range(widget.count()) if (part := widget.widget(n)) is not None]
    if isinstance(widget, QStackedWidget):
        current = widget.currentWidget()
        return [current] if current is not None else []
    layout = widget.layout()
    laid_out = list(_members(layout)) if layout is not None else []
    rest = [part for part in widget.findChildren(QWidget, options=_DIRECT) if part not in laid_out]
    rest.sort(key=lambda part: (part.y(), part.x()))
    return [*laid_out, *rest]


def _members(layout: QLayout) -> Iterator[QWidget]:
    if isinstance(layout, QStackedLayout):
        current = layout.currentWidget()
        if current is not None:
            yield current
        return
    for number in range(layout.count()):
        item = layout.itemAt(number)
        if item is None:
            continue
        inner, part = item.layout(), item.widget()
        if inner is not None:
            yield from _members(inner)
        elif part is not None:
            yield part


_DIRECT = Qt.FindChildOption.FindDirectChildrenOnly


def _takes_tab(widget: QWidget) -> bool:
    if not widget.isEnabled() or widget.focusProxy() is not None:
        return False
    if isinstance(widget, QScrollArea):
        return _is_read_only(widget)
    # A policy is a set of flags: those with Tab have its bit.
    return bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)


def _is_read_only(area: QScrollArea) -> bool:
    """Tell whether the keyboard has nothing to do in an area but to scroll it."""
    scrolls = area.verticalScrollBar().maximum() > 0
    return scrolls and not any(_takes_tab(part) for part in reading_order(area))


def _place_of(now: QWidget | None, order: list[QWidget]) -> int | None:
    """Return where the focus is: at a control of the order, or inside one."""
    while now is not None:
        if now in order:
            return order.index(now)
        now = now.parentWidget()
    return None
