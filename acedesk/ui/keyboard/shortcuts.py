"""The keys of the windows, and the page that tells them (F1)."""

from typing import Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QGridLayout, QMainWindow, QVBoxLayout, QWidget

from acedesk.ui.keyboard.focus_keeper import FocusKeeper
from acedesk.ui.look import tokens
from acedesk.ui.pages import PAGES
from acedesk.ui.widgets.buttons import PrimaryButton
from acedesk.ui.widgets.label import make_label

KEYS: Final = (
    ("Ctrl+V", "Play what is on the clipboard"),
    ("Ctrl+L", "Go to the paste field"),
    (f"Ctrl+1 … {len(PAGES)}", "Open a page"),
    ("Ctrl+F", "Filter the page"),
    ("Ctrl+S", "Save the settings"),
    ("F5", "Look again at engines, Docker, VPN and players"),
    ("Enter", "Play the selected stream"),
    ("Ctrl+C", "Copy the URLs of the selected streams"),
    ("Delete", "Stop the selected streams, remove the selected engine; it asks first"),
    ("Home, End, Page Up, Page Down", "Go through a table; with Shift they select"),
    ("Menu key, Shift+F10", "What can be done with a row"),
    ("Tab, Shift+Tab", "The next and the last control, as people read"),
    ("Ctrl+W", "Close the window"),
    ("Ctrl+Q", "Quit AceDesk"),
    ("F1", "These keys"),
)


class ShortcutHelp(QDialog):
    """Lists the keys."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_tr("Keys of AceDesk"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.SPACE_XL)
        grid.setVerticalSpacing(tokens.SPACE_S)
        for row, (keys, meaning) in enumerate(KEYS):
            grid.addWidget(make_label(keys, "strong"), row, 0)
            grid.addWidget(make_label(_tr(meaning), "muted"), row, 1)
        close = PrimaryButton(_tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        margin = tokens.SPACE_XL
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.SPACE_L)
        column.addWidget(make_label(self.windowTitle(), "section"))
        column.addLayout(grid)
        column.addWidget(close, alignment=Qt.AlignmentFlag.AlignRight)


def use_keyboard(window: QMainWindow) -> None:
    """Keep the focus where it was sensible, and show the keys with F1."""
    FocusKeeper(window)
    QShortcut(QKeySequence("F1"), window).activated.connect(lambda: ShortcutHelp(window).open())


def _tr(text: str) -> str:
    return QCoreApplication.translate("ShortcutHelp", text)
