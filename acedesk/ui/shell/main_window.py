"""The window: sidebar, paste field, pages, status line.

It is shown before the application behind it has started; `attach` brings it to life.
"""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QHideEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from acedesk.model.content import Link
from acedesk.model.snapshot import Snapshot
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.keyboard.shortcuts import use_keyboard
from acedesk.ui.keyboard.tab_order import ReadingOrder
from acedesk.ui.look import theme, tokens
from acedesk.ui.look.resources import drawn_icon
from acedesk.ui.notices.area import NoticeArea, Rank
from acedesk.ui.page import Page
from acedesk.ui.pages import PAGES, PageStack
from acedesk.ui.players import Players
from acedesk.ui.shell.omnibox import Omnibox, dropped_text
from acedesk.ui.shell.sidebar import ScrolledSidebar, Sidebar
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.shell.starting_page import StartingPage
from acedesk.ui.shell.status_line import StatusLine
from acedesk.ui.shell.window_error import WindowErrorCard
from acedesk.ui.widgets.card import scrolled
from acedesk.ui.window_state.fitted_window import FittedWindow


class MainWindow(QMainWindow):
    """The one window.

    Signals:
        close_wanted: The user closed the window; it stays until somebody hides it.
        quit_wanted: The user wants AceDesk to end.
        play_wanted: A `Link` shall be played; `test_wanted`: the test channel.
        refreshed: Somebody sees the window, and this snapshot holds now.

    Attributes:
        omnibox, sidebar, status, notices, error_card, note_card, starting: Parts of the frame.
        stack: The pages made so far.
    """

    close_wanted = Signal()
    quit_wanted = Signal()
    play_wanted = Signal(object)
    test_wanted = Signal()
    refreshed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._desk: Desk | None = None
        self._refresh: SnapshotRefresh | None = None
        self._players: Players | None = None
        self.sidebar = Sidebar([(entry.name, self.tr(entry.name), entry.icon) for entry in PAGES])
        self._side = ScrolledSidebar(self.sidebar)
        self.omnibox = Omnibox()
        self.notices = NoticeArea()
        self.error_card = WindowErrorCard()
        self.note_card = self.notices.new_note()
        self.status = StatusLine()
        self.starting = StartingPage()
        self.stack = PageStack(self.starting, self.starting.show_title)
        self.setWindowTitle("AceDesk")
        self.setWindowIcon(drawn_icon("acedesk"))
        self.setAcceptDrops(True)
        self._lay_out()
        self._add_shortcuts()
        self.omnibox.set_ready(False)
        self.omnibox.link_entered.connect(self.play)
        self.sidebar.page_wanted.connect(self.show_page)
        self.sidebar.protection_wanted.connect(lambda: self.show_page("VPN"))
        self._connect_pages()

    def _connect_pages(self) -> None:
        self.stack.failed.connect(self._show_page_error)
        self.error_card.page_wanted.connect(self.show_page)
        self.stack.page_wanted.connect(self.show_page)
        self.stack.setting_wanted.connect(self.show_setting)
        self.stack.play_test_wanted.connect(self.test_wanted)
        self.stack.said.connect(self.status.say)
        self.stack.unsaved_changed.connect(self.sidebar.show_unsaved)

    def _lay_out(self) -> None:
        self.notices.add(self.error_card, Rank.ERROR)
        column = QVBoxLayout()
        column.setContentsMargins(tokens.SPACE_XL, 18, tokens.SPACE_XL, 0)
        column.setSpacing(tokens.SPACE_M)
        column.addWidget(self.omnibox)
        column.addWidget(self.notices)
        column.addWidget(scrolled(self.stack), 1)
        column.addWidget(self.status)
        content = QWidget()
        content.setObjectName("content")
        content.setLayout(column)
        whole = ReadingOrder()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side)
        row.addWidget(content, 1)
        self.setCentralWidget(whole)
        self.sidebar.show_page(self.stack.current)
        FittedWindow(self, self._side.set_narrow)

    def _add_shortcuts(self) -> None:
        actions = {
            "Ctrl+W": self.close,
            "Ctrl+Q": self.quit_wanted.emit,
            "Ctrl+F": self.stack.focus_filter,
            "Ctrl+L": self.focus_omnibox,
            # Text fields take Ctrl+V for themselves; this is for everywhere else.
            "Ctrl+V": self._paste,
            "F5": self._check_now,
        }
        for keys, slot in actions.items():
            QShortcut(QKeySequence(keys), self).activated.connect(slot)
        use_keyboard(self)
        for number, entry in enumerate(PAGES, start=1):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number}"), self)
            shortcut.activated.connect(lambda name=entry.name: self.show_page(name))
            self.sidebar.buttons[entry.name].set_keys(f"Ctrl+{number}")

    def attach(self, desk: Desk, players: Players, refresh: SnapshotRefresh) -> None:
        """Bring the window to life: `desk` has started."""
        self._desk, self._players, self._refresh = desk, players, refresh
        self.stack.attach(desk, players)
        desk.settings.changed.connect(lambda settings: theme.set_mode(settings.theme))
        refresh.taken.connect(self.refresh)
        if desk.notes:
            self.note_card.show_text("\n".join(desk.notes))
        self.show_page(self.stack.current, at_once=True)
        self._tell_watched()
        refresh.take()
        self.omnibox.set_ready(True)

    def show_starting(self) -> None:
        """Show that the application is being started."""
        self.starting.show_starting()
        self.status.show_starting()

    def show_start_failure(self, error: BaseException) -> None:
        """Show why the application could not start, and what can be done."""
        self.starting.show_failure(error)
        self.status.show_stopped()

    @property
    def is_watched(self) -> bool:
        """The window is on screen."""
        return self.isVisible() and not self.isMinimized()

    @property
    def page(self) -> Page | None:
        """The page that is open, None before the application has started."""
        return self.stack.page

    def show_page(self, name: str, *, at_once: bool = False) -> None:
        """Open a page; made now if it is its first time, see `PageStack.show_page`."""
        self.error_card.turn_to(name)
        self.sidebar.show_page(name)
        self.stack.show_page(name, at_once=at_once)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show what holds now, if anybody can see it."""
        if not self.is_watched:
            return
        self.sidebar.refresh(snapshot)
        address = self._desk.access.player_address if self._desk is not None else ""
        self.status.refresh(snapshot, address)
        self.refreshed.emit(snapshot)
        self.stack.refresh(snapshot)

    def play(self, link: Link) -> None:
        """Start the stream of a link and open the player; it waits where there is no engine."""
        self.play_wanted.emit(link)

    def show_error(self, error: Exception) -> None:
        """Show what went wrong, without getting in the way."""
        self.error_card.tell(error, self.stack.current)

    def _show_page_error(self, error: Exception) -> None:
        self.error_card.tell(error, self.stack.current, of_page=True)

    def show_setting(self, name: str, page: str = "Settings") -> None:
        """Open a page at one of its settings."""
        self.show_page(page, at_once=True)
        if self.page is not None:
            self.page.show_setting(name)

    def take_link(self, text: str) -> None:
        """Show the window and play what a second launch handed over; it may be empty."""
        self.bring_to_front()
        if text:
            self.omnibox.play_text(text)

    def bring_to_front(self) -> None:
        """Show the window, whatever hid it."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def show_if_unseen(self) -> None:
        """Show the window if nobody can see it."""
        if not self.is_watched:
            self.bring_to_front()

    def focus_omnibox(self) -> None:
        """Put the cursor into the paste field."""
        self.omnibox.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.omnibox.field.selectAll()

    def _paste(self) -> None:
        if self._desk is not None:
            self.omnibox.paste_and_play()

    def _check_now(self) -> None:
        if self._desk is not None and self._players is not None:
            run_action(self._desk.engines.check_now(), self.show_error, name="check now")
            run_action(self._players.look(), self.show_error, name="look for players")
            self.status.say(self.tr("Checking again"))

    def _tell_watched(self) -> None:
        if self._refresh is not None:
            self._refresh.set_watched(self.is_watched)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tell_watched()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tell_watched()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._tell_watched()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.notices.set_room(event.size().height())

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.close_wanted.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasText() or event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        if self._desk is not None:
            self.omnibox.play_text(dropped_text(event.mimeData()))
