"""The tray icon: the state by shape and colour, the numbers as a tooltip, and a short menu."""

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from acedesk.errors import LinkError
from acedesk.formats import links
from acedesk.model.content import Link
from acedesk.model.engine import EngineState, ProvisionState
from acedesk.model.snapshot import Snapshot, StreamState
from acedesk.ui.clipboard import clipboard
from acedesk.ui.look import icons
from acedesk.ui.look.resources import drawn_icon
from acedesk.ui.players import Players
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.start.autostart_action import AutostartAction
from acedesk.ui.streams import words
from acedesk.ui.streams.stream_actions import StreamActions
from acedesk.ui.vpn.protection import Mood, describe
from acedesk.words import numbers

# Panels start after the programs of a session: look for a tray this often, this many times.
LOOK_MS = 500
LOOKS = 120

# A link in the menu longer than this would make the menu as wide as the screen.
LONGEST_LABEL = 32

# So many streams are in the menu, each with a menu of its own; the window has all of them.
MOST_STREAMS = 10


def choose_state(snapshot: Snapshot) -> str:
    """Return which drawing fits: blocked, attention, working, active or idle.

    What needs the user comes first: a VPN that holds everything back, then failures; then what
    is on its way, then what plays.
    """
    states = {stream.state for stream in snapshot.streams}
    if describe(snapshot).mood is Mood.BAD:
        return "blocked"
    unhealthy = any(engine.state is EngineState.UNHEALTHY for engine in snapshot.own_engines)
    if StreamState.FAILED in states or snapshot.degraded or unhealthy:
        return "attention"
    provisioning = any(p.state is ProvisionState.RUNNING for p in snapshot.provisions)
    if provisioning or states & {StreamState.STARTING, StreamState.SWITCHING}:
        return "working"
    return "active" if states & {StreamState.PLAYING, StreamState.SLOW} else "idle"


def tooltip(snapshot: Snapshot, waiting: int = 0) -> str:
    """Return "AceDesk: 2 streams, 3 viewers, ↓ 9.8 ↑ 1.2 Mbit/s".

    Args:
        waiting: Links that wait for an engine.
    """
    if waiting:
        verb = "waits" if waiting == 1 else "wait"
        return f"AceDesk: {numbers.count(waiting, 'link')} {verb} for an engine"
    if not snapshot.live_streams:
        return "AceDesk: nothing is playing"
    down, up = numbers.format_mega(snapshot.rate_in), numbers.format_mega(snapshot.rate_up)
    streams = numbers.count(len(snapshot.live_streams), "stream")
    viewers = numbers.count(snapshot.viewers, "viewer")
    return f"AceDesk: {streams}, {viewers}, ↓ {down} ↑ {up} Mbit/s"


class Tray(QObject):
    """Lives as long as AceDesk; hidden where there is no tray.

    Signals:
        open_wanted: Show the window.
        page_wanted: Show the window with this page: "Settings", "Streams".
        quit_wanted: End AceDesk.
        paste_wanted: Show the window, and play what the clipboard holds.
        play_wanted: Play this `Link` from the clipboard; where it holds several, the chosen one.
        appeared: There is a tray by now, and the icon is in it.

    Args:
        autostart: Stands in the menu.
    """

    open_wanted = Signal()
    page_wanted = Signal(str)
    quit_wanted = Signal()
    paste_wanted = Signal()
    play_wanted = Signal(object)
    appeared = Signal()

    def __init__(
        self,
        players: Players,
        actions: StreamActions,
        refresh: SnapshotRefresh,
        autostart: AutostartAction,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._players = players
        self._actions = actions
        self._refresh = refresh
        self.autostart = autostart
        self._snapshot: Snapshot | None = None
        self._links: tuple[Link, ...] = ()
        self._state = ""
        self._waiting = 0
        self._looks = 0
        self.menu = QMenu()
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._on_activated)
        self.icon.messageClicked.connect(self.open_wanted)
        self.menu.aboutToShow.connect(self.build_menu)
        self.menu.aboutToShow.connect(autostart.ask_system)
        self._set_state("idle")
        self._disconnect = refresh.taken.connect(self.refresh)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self.build_menu()
        self.look()
        if not self.is_shown:
            self._timer.start(LOOK_MS)

    @property
    def is_shown(self) -> bool:
        """There is a tray and the icon is in it: a hidden window can be brought back."""
        return self.icon.isVisible() and QSystemTrayIcon.isSystemTrayAvailable()

    def look(self) -> None:
        """Show the icon if there is a tray by now; give up looking after a minute."""
        self._looks += 1
        if QSystemTrayIcon.isSystemTrayAvailable():
            self.icon.show()
            self._fill_menu()
            self._refresh.set_in_tray(True)
            self.appeared.emit()
        if self.icon.isVisible() or self._looks >= LOOKS:
            self._timer.stop()

    def hide(self) -> None:
        """Take the icon away; before the end, or some panels go on showing it."""
        self._timer.stop()
        self._disconnect()
        self._refresh.set_in_tray(False)
        self.icon.hide()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the state; only the drawing and the tooltip ever change."""
        before, self._snapshot = self._snapshot, snapshot
        state = choose_state(snapshot)
        self._set_state("working" if self._waiting and state == "idle" else state)
        text = tooltip(snapshot, self._waiting)
        if text != self.icon.toolTip():
            self.icon.setToolTip(text)
        # A panel shows what it was given, without asking; elsewhere a menu is filled as it opens.
        if self.icon.isVisible() and (before is None or _names(before) != _names(snapshot)):
            self._fill_menu()

    def show_waiting(self, links: int) -> None:
        """Show that so many links wait for an engine."""
        self._waiting = links
        if self._snapshot is not None:
            self.refresh(self._snapshot)

    def tell(self, sentence: str) -> None:
        """Say something to a person who does not see the window."""
        if self.is_shown:
            self.icon.showMessage("AceDesk", sentence, self.icon.icon())

    @property
    def state(self) -> str:
        """Which drawing is shown."""
        return self._state

    def build_menu(self) -> None:
        """Fill the menu with what can be done now."""
        self._links = clipboard_links()
        self._fill_menu()

    def _fill_menu(self) -> None:
        """Fill the menu without asking for the clipboard: its owner may take seconds to answer."""
        if self.menu.isVisible():
            return
        _clear(self.menu)
        said = tooltip(self._snapshot, self._waiting) if self._snapshot else "AceDesk"
        title = self.menu.addAction(said)
        title.setEnabled(False)
        self.menu.addSeparator()
        self._add_clipboard()
        self._add_streams()
        self.menu.addSeparator()
        self.menu.addAction(self.tr("Open AceDesk")).triggered.connect(self.open_wanted)
        self._add_page(self.menu.addAction(self.tr("Settings …")), "Settings")
        self.menu.addAction(self.autostart)
        self.menu.addSeparator()
        self.menu.addAction(self.tr("Quit AceDesk")).triggered.connect(self.quit_wanted)

    def _add_clipboard(self) -> None:
        text, icon = self.tr("Play from clipboard"), icons.icon("clipboard-play-outline")
        if len(self._links) > 1:
            several = _add_menu(self.menu, text)
            several.setIcon(icon)
            for each in self._links:
                self._add_link(several.addAction(_label(each)), each)
            return
        link = self._links[0] if self._links else None
        if link is not None:
            text += f": {_label(link)}"
        play = self.menu.addAction(icon, text)
        if link is None:
            # What cannot be read now may hold one: the window can read it once it is in front.
            play.setEnabled(not clipboard().is_readable)
            play.triggered.connect(self.paste_wanted)
        else:
            self._add_link(play, link)

    def _add_page(self, action: QAction, name: str) -> None:
        action.triggered.connect(lambda: self.page_wanted.emit(name))

    def _add_link(self, action: QAction, link: Link) -> None:
        action.triggered.connect(lambda: self.play_wanted.emit(link))

    def _add_streams(self) -> None:
        streams = self._snapshot.live_streams if self._snapshot else ()
        playing = _add_menu(self.menu, self.tr("Now playing"))
        playing.setEnabled(bool(streams))
        for stream in streams[:MOST_STREAMS]:
            name = _shortened(words.name(stream))
            self._actions.fill_menu(_add_menu(playing, name), stream)
        if len(streams) > MOST_STREAMS:
            playing.addSeparator()
            every = self.tr("All {count} streams …").format(count=len(streams))
            self._add_page(playing.addAction(every), "Streams")

    def _set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.icon.setIcon(drawn_icon(f"tray-{state}-color"))

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        reasons = QSystemTrayIcon.ActivationReason
        if reason in (reasons.Trigger, reasons.DoubleClick):
            self.open_wanted.emit()


def _names(snapshot: Snapshot) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Return what the menu says of streams."""
    streams = snapshot.live_streams
    return len(streams), tuple((each.id, each.name) for each in streams[:MOST_STREAMS])


def _add_menu(menu: QMenu, text: str) -> QMenu:
    """Return a new menu in a menu.

    One that `QMenu.addMenu(text)` makes is kept by PySide6 when it is gone, with all its actions
    (6.11): as long as the menu around it.
    """
    inner = QMenu(text, menu)
    menu.addMenu(inner)
    return inner


def _clear(menu: QMenu) -> None:
    """Take everything out of a menu, and the menus in it: Qt keeps these as long as the menu.

    These are emptied first: of a menu that goes with its entries, a panel's copy of them stays.
    """
    for inner in menu.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly):
        _clear(inner)
        inner.deleteLater()
    menu.clear()


def clipboard_links() -> tuple[Link, ...]:
    """Return the links the clipboard holds, none when it is something else."""
    text = clipboard().text()
    try:
        return (links.find(text),) if text.strip() else ()
    except links.SeveralLinks as exc:
        return exc.links
    except LinkError:
        return ()


def _label(link: Link) -> str:
    return _shortened(link.title or link.key.short)


def _shortened(name: str) -> str:
    """Return a name for a menu: a letter behind an & would be its key."""
    short = name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1].rstrip()}…"
    return short.replace("&", "&&")
