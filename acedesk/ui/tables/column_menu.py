"""The menu of a table's head: what to sort by, and which columns to show."""

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu


def fill_column_menu(
    menu: QMenu,
    headings: Sequence[str],
    *,
    shown: Collection[int],
    fixed: Collection[int],
    toggle: Callable[[int], object],
    reset: Callable[[], object],
) -> None:
    """Put one line for each column into `menu`, ticked when it is wanted.

    Args:
        fixed: Columns that cannot be left out.
        toggle: Called with the number of the column.
        reset: Brings columns and widths back as they were made.
    """
    for number, heading in enumerate(headings):
        action = menu.addAction(heading)
        action.setCheckable(True)
        action.setChecked(number in shown)
        action.setEnabled(number not in fixed)
        action.triggered.connect(lambda _on=False, n=number: toggle(n))
    menu.addSeparator()
    menu.addAction(_tr("Reset columns")).triggered.connect(lambda _on=False: reset())


def fill_sort_menu(
    menu: QMenu, headings: Sequence[str], *, sorted_by: int, sort: Callable[[int], object]
) -> None:
    """Put a menu "Sort by" into `menu`; column -1 is the order AceDesk keeps by itself."""
    inner = menu.addMenu(_tr("Sort by"))
    group = QActionGroup(inner)
    for number, heading in [(-1, _tr("The order they came in")), *enumerate(headings)]:
        action = inner.addAction(heading)
        action.setCheckable(True)
        action.setChecked(number == sorted_by)
        group.addAction(action)
        action.triggered.connect(lambda _on=False, n=number: sort(n))
    menu.addSeparator()


def _tr(text: str) -> str:
    return QCoreApplication.translate("ColumnMenu", text)
