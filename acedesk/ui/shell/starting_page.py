"""What the window shows until the application has started, and when it cannot."""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from acedesk.errors import CannotListen, ListenProblem, PortInUse
from acedesk.ui.actions import run_action
from acedesk.ui.look import theme, tokens
from acedesk.ui.page import Page
from acedesk.ui.settings.unsaved_question import QUIT, may_leave
from acedesk.ui.start.start_changes import HERE
from acedesk.ui.widgets.buttons import PrimaryButton, SecondaryButton
from acedesk.ui.widgets.card import Card
from acedesk.ui.widgets.error_card import ErrorCard
from acedesk.ui.widgets.label import make_label
from acedesk.ui.widgets.page_header import PageHeader

# Widths of the grey bars in a skeleton row, as shares of the row: a pill, a name, two numbers.
_BARS = ((0.0, 0.08), (0.13, 0.3), (0.5, 0.14), (0.75, 0.08))
_ROWS = 3


class StartingPage(QWidget):
    """Grey rows while AceDesk starts; a card with what to do when it cannot start.

    Signals:
        retry_wanted: Try to start once more, with these settings changed (a dict).
        settings_wanted: Show the settings, with the field of this one.
        quit_wanted: Give up.
    """

    retry_wanted = Signal(dict)
    settings_wanted = Signal(str)
    quit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.error_card = ErrorCard(closable=False)
        self.here_button = PrimaryButton(self.tr("This computer only"))
        self.port_button = PrimaryButton("")
        self.settings_button = SecondaryButton(self.tr("Open Settings"), "cog-outline")
        self.start_button = PrimaryButton(self.tr("Start AceDesk"), "play")
        self.retry_button = SecondaryButton(self.tr("Try again"), "refresh")
        self.quit_button = SecondaryButton(self.tr("Quit"))
        self._port: int | None = None
        self._setting = ""
        self.settings: Page | None = None
        self._asking: asyncio.Task[None] | None = None
        self._header = PageHeader(self.tr("Streams"))
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._skeleton())
        self._stack.addWidget(self._failure())
        self.here_button.clicked.connect(lambda: self._retry({"host": HERE}))
        self.port_button.clicked.connect(lambda: self._retry({"port": self._port}))
        self.settings_button.clicked.connect(lambda: self.settings_wanted.emit(self._setting))
        self.start_button.clicked.connect(self._save_and_start)
        self.retry_button.clicked.connect(lambda: self._retry({}))
        self.quit_button.clicked.connect(self.quit_wanted)

    def show_title(self, page: str) -> None:
        """Tell which page is being started."""
        self._header.set_title(self.tr(page))

    def _skeleton(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_L)
        column.addWidget(self._header)
        card = Card(padding=1)
        card.body.addWidget(_SkeletonRows())
        column.addWidget(card)
        column.addWidget(make_label(self.tr("Starting …"), "muted"))
        column.addStretch(1)
        return page

    def _failure(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_L)
        column.addWidget(PageHeader(self.tr("AceDesk could not start")))
        column.addWidget(self.error_card)
        row = QHBoxLayout()
        row.setSpacing(tokens.SPACE_S)
        for button in (
            self.here_button,
            self.port_button,
            self.settings_button,
            self.retry_button,
            self.quit_button,
        ):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(1)
        return page

    def show_starting(self) -> None:
        """Show the grey rows."""
        self._stack.setCurrentIndex(0)

    def show_failure(self, error: BaseException) -> None:
        """Show why AceDesk could not start, and what can be done."""
        listening = isinstance(error, (PortInUse, CannotListen))
        self._port = error.next_free if isinstance(error, (PortInUse, CannotListen)) else None
        lost = isinstance(error, CannotListen) and error.problem is ListenProblem.NO_ADDRESS
        self._setting = "host" if lost else "port" if listening else ""
        self.here_button.setVisible(lost)
        self.port_button.setVisible(self._port is not None)
        self.port_button.setText(self.tr("Use port {port}").format(port=self._port))
        self.settings_button.setVisible(listening)
        self.error_card.show_error(error)
        self._stack.setCurrentIndex(1)

    def show_settings(self, page: Page, setting: str) -> None:
        """Show the settings of an AceDesk that could not start, with a button to start it."""
        if self.settings is not None:
            self.settings.deleteLater()
        self.settings = page
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(page, 1)
        column.addWidget(self.start_button, alignment=Qt.AlignmentFlag.AlignRight)
        self._stack.setCurrentIndex(self._stack.addWidget(whole))
        if setting:
            page.show_setting(setting)

    def leave(self, end: Callable[[], None]) -> None:
        """Call `end`; where settings were changed and not saved, ask first."""
        page = self.settings
        if page is None or not page.isVisible() or not page.unsaved.count:
            end()
        elif self._asking is None:
            self._asking = run_action(
                self._ask(page, end), page.show_error, name="quit by user", on_done=self._asked
            )

    async def _ask(self, page: Page, end: Callable[[], None]) -> None:
        if await may_leave(page, self.window(), QUIT):
            end()

    def _asked(self) -> None:
        self._asking = None

    def _save_and_start(self) -> None:
        """Start with what stands in the fields; what cannot be saved is led to."""
        page = self.settings
        if page is None or not page.unsaved.count:
            self._retry({})
        elif page.unsaved.first_problem:
            page.show_setting(page.unsaved.first_problem)
        else:
            run_action(self._save(page), page.show_error, name="save settings by user")

    async def _save(self, page: Page) -> None:
        await page.save_unsaved()
        self._retry({})

    def _retry(self, changes: dict[str, object]) -> None:
        self.retry_wanted.emit(changes)


class _SkeletonRows(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(tokens.HEADER_HEIGHT + _ROWS * tokens.ROW_HEIGHT)
        self.setAccessibleName(self.tr("Starting"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self.width() - 2 * tokens.SPACE_L
        for row in range(_ROWS):
            top = tokens.HEADER_HEIGHT + row * tokens.ROW_HEIGHT
            painter.fillRect(0, top, self.width(), 1, theme.color("hairline"))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("pill"))
            for left, width in _BARS:
                middle = top + tokens.ROW_HEIGHT / 2
                bar = QRectF(tokens.SPACE_L + left * room, middle - 7, width * room, 14)
                painter.drawRoundedRect(bar, 7, 7)
