"""The desktop from its start to its end: window, application, tray, and how they come and go."""

import asyncio
import logging
import os
import pathlib
import sys
import time
import types
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, cast

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from acedesk import clock
from acedesk.errors import AceDeskError, CannotListen, DataDirInUse, PortInUse
from acedesk.process import gc_tuning, startup_notification
from acedesk.process.ending_signals import handle_ending_signals
from acedesk.process.program_file import ProgramFile
from acedesk.process.restart import RESTART
from acedesk.store.links.waiting_file import WaitingFile
from acedesk.tasks import cancel, spawn
from acedesk.ui.actions import run_action
from acedesk.ui.clipboard import clipboard
from acedesk.ui.notices.area import Rank
from acedesk.ui.play.kept_links import KeptLinks
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.players import Players
from acedesk.ui.qt.event_loop import make_event_loop
from acedesk.ui.shell.arrival import Arrival
from acedesk.ui.shell.closing import Application, Closing
from acedesk.ui.shell.display import SCREEN_GONE, CannotShow
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.shell.tray import Tray
from acedesk.ui.shell.window_playback import WindowPlayback
from acedesk.ui.start.autostart_action import AutostartAction
from acedesk.ui.start.missing_secrets import MissingSecrets
from acedesk.ui.start.restart_question import Restarting
from acedesk.ui.start.single_instance import Launch, SingleInstance, hand_over_when_it_listens
from acedesk.ui.start.start_changes import StartChanges
from acedesk.ui.start.update_notice import UpdateNotice
from acedesk.ui.startable_desk import MakeDesk, StartableDesk
from acedesk.ui.streams.stream_actions import StreamActions
from acedesk.words.errors import explain, terminal_hint

logger = logging.getLogger(__name__)

# Longer than the application's own stop may take, all steps together; then the process ends anyway.
STOP_TIMEOUT = 10.0
# Without a screen Qt ends its loop at each turn. It is begun again so often, in seconds, so that
# all ends in order.
TURN_WITHOUT_SCREEN = 0.005
# Platforms without a person in front of them: a failed start ends the process.
UNSEEN_PLATFORMS = ("offscreen", "minimal", "vnc")


class Desktop:
    """One run of the desktop; `run` returns the exit code.

    Args:
        make_desk: Builds the application; gets the settings to be changed for this run.
        link: A text to play once everything runs.
        background: Begin without a window, in the tray.
        on_ready: Called when all is built and runs.

    Attributes:
        restarting: Whether AceDesk shall begin again when it has ended.
    """

    def __init__(
        self,
        window: MainWindow,
        make_desk: MakeDesk,
        *,
        link: str | None,
        background: bool,
        data_dir: pathlib.Path,
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self.window = window
        self._on_ready = on_ready
        self.tray: Tray | None = None
        self._make_desk = make_desk
        self._link = link
        self._background = background
        self._data_dir = data_dir
        self._instance = SingleInstance(data_dir)
        self._desk: StartableDesk | None = None
        self._failed: StartableDesk | None = None
        self._refresh: SnapshotRefresh | None = None
        self._closing: Closing | None = None
        self.playback: WindowPlayback | None = None
        self._kept: KeptLinks | None = None
        self._starting: asyncio.Task[None] | None = None
        self._changes = StartChanges()
        self._quitting = asyncio.Event()
        self._exit_code = 0
        card = window.notices.new_note(Rank.QUESTION)
        self.restarting = Restarting(card, self._restart, self.quit_now)

    async def run(self) -> int:
        """Start, work until somebody quits, stop; return the exit code."""
        _listen_to_signals(self.quit_now)
        hook, sys.excepthook = sys.excepthook, self._on_bug
        self.window.close_wanted.connect(self._close)
        self.window.quit_wanted.connect(self._quit)
        self.window.starting.quit_wanted.connect(self.quit_now)
        self.window.starting.retry_wanted.connect(self._begin)
        self.window.starting.settings_wanted.connect(self._show_settings)
        self.window.stack.restart_wanted.connect(self._ask_restart)
        self._begin({})
        try:
            await self._quitting.wait()
        finally:
            await self._stop()
            sys.excepthook = hook
        return self._exit_code

    def quit_now(self) -> None:
        """End AceDesk; nothing is asked."""
        self._quitting.set()

    def _restart(self, end: Callable[[], None], viewers: int) -> None:
        """End by `end`, unless something would be lost."""
        if self._closing is None:
            end()
        else:
            self._closing.restart(end, viewers)

    def _ask_restart(self) -> None:
        self.restarting.ask(self._desk.snapshot().viewers if self._desk is not None else 0)

    def _begin(self, changes: Mapping[str, object]) -> None:
        if self._starting is None or self._starting.done():
            self._changes.choose(changes)
            self._starting = spawn(self._start(), name="start the application")

    async def _start(self) -> None:
        self.window.show_starting()
        try:
            desk = self._make_desk(self._changes.values)
            self._desk = desk
            await desk.start()
        except DataDirInUse as exc:
            await self._leave_to_the_first(exc)
        except (PortInUse, CannotListen) as exc:
            if self._background and not _is_unseen() and self._changes.take_substitute(exc):
                await self._stop_desk()
                await self._start()
            else:
                await self._fail(exc)
        except AceDeskError as exc:
            await self._fail(exc)
        except Exception as exc:
            logger.exception("AceDesk could not start")
            await self._fail(exc)
        else:
            self._exit_code = 0
            self._attach(desk, await asyncio.to_thread(WaitingFile(self._data_dir).load))
            self._on_ready()

    async def _leave_to_the_first(self, error: DataDirInUse) -> None:
        """Give the link to the AceDesk that has the data folder; it may still be starting."""
        if await hand_over_when_it_listens(self._data_dir, Launch(self._link or "")):
            self._exit_code = 0
            self.quit_now()
        else:
            await self._fail(error)

    async def _fail(self, error: Exception) -> None:
        self._exit_code = 1
        line = f"{explain(error).line} {terminal_hint(error)}".strip()
        print(f"acedesk: {line}", file=sys.stderr)  # noqa: T201 - for scripts
        self._failed = self._desk
        await self._stop_desk()
        if _is_unseen():
            self.quit_now()
            return
        self.window.show_start_failure(error)
        self.window.bring_to_front()

    def _show_settings(self, setting: str) -> None:
        """Show the settings although AceDesk could not start: they may be why."""
        desk = self._failed
        if desk is None:
            return
        # Not imported by a start that goes well.
        from acedesk.ui.settings.page import SettingsPage

        self._changes.follow(desk.settings)
        self.window.starting.show_settings(SettingsPage(desk), setting)

    def _attach(self, desk: StartableDesk, waiting: WaitingFile) -> None:
        players = Players(desk)
        self._refresh = SnapshotRefresh(desk)
        self.playback = WindowPlayback(self.window, desk, players)
        self.window.attach(desk, players, self._refresh)
        actions = StreamActions(desk, players, self._run_action, self.window.status.say)
        autostart = AutostartAction(desk, self.window.show_error)
        self.tray = Tray(players, actions, self._refresh, autostart)
        self._closing = Closing(self.window, desk, has_tray=self._has_tray, quit_now=self.quit_now)
        self._connect_tray(self.tray)
        self._connect_playing(self.tray, self.playback.playing)
        self._kept = KeptLinks(waiting, self.playback.playing, self.window.notices)
        self._instance.launched.connect(self._take_launch)
        clipboard().waiting.connect(lambda: _ask_for_a_key(self.window))
        self._instance.listen()
        self._run_action(players.look(), "look for players")
        if self._changes.chosen:
            self._run_action(desk.settings.save(self._changes.chosen), "remember what was chosen")
        self._run_action(desk.integration.repair(), "look at what the system starts")
        card = self.window.notices.new_note()
        told = self._changes.tell(desk.settings, card, self._run_action)
        MissingSecrets(desk, self.window.notices, self.window.show_setting, self._ask_restart)
        Arrival(self.tray, self.window, told, background=self._background)
        if self._link:
            self.window.omnibox.play_text(self._link)

    def _connect_tray(self, tray: Tray) -> None:
        tray.open_wanted.connect(self.window.bring_to_front)
        tray.quit_wanted.connect(self._quit)
        tray.play_wanted.connect(self.window.play)
        tray.paste_wanted.connect(self._paste)
        tray.page_wanted.connect(self._open_page)

    def _take_launch(self, launch: Launch) -> None:
        """Show the window, with what lets the second launch show one, and play its link."""
        startup_notification.offer(launch.token, os.environ)
        self.window.take_link(launch.link)
        startup_notification.offer("", os.environ)

    def _paste(self) -> None:
        self.window.bring_to_front()
        self.window.omnibox.paste_and_play()

    def _connect_playing(self, tray: Tray, playing: LinkPlayer) -> None:
        """Tell in the tray what who does not see the window has to know."""
        playing.waiting.changed.connect(lambda: tray.show_waiting(len(playing.waiting.links)))
        playing.question.raised.connect(self.window.show_if_unseen)
        playing.told.connect(lambda said: None if self.window.is_watched else tray.tell(said))

    def _run_action(self, work: Coroutine[Any, Any, object], name: str) -> None:
        run_action(work, self.window.show_error, name=name)

    def _has_tray(self) -> bool:
        return self.tray is not None and self.tray.is_shown

    def _open_page(self, name: str) -> None:
        self.window.show_page(name)
        self.window.bring_to_front()

    def _close(self) -> None:
        if _application().isSavingSession():
            self.quit_now()
        elif self._closing is None:
            self.window.starting.leave(self.quit_now)
        else:
            self._closing.close()

    def _quit(self) -> None:
        if self._closing is None:
            self.window.starting.leave(self.quit_now)
        else:
            self._closing.quit()

    async def _stop(self) -> None:
        if self._closing is not None:
            self._closing.abandon()
        self.window.hide()
        if self._kept is not None:
            await self._kept.close()
        if self.playback is not None:
            self.playback.close()
        if self._refresh is not None:
            self._refresh.stop()
        if self.tray is not None:
            self.tray.hide()
        self._instance.close()
        await cancel(self._starting)
        await self._stop_desk()

    async def _stop_desk(self) -> None:
        desk, self._desk = self._desk, None
        if desk is None:
            return
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await desk.stop()
        except TimeoutError:
            logger.exception("AceDesk did not stop within %.0f s and is ended", STOP_TIMEOUT)
        except Exception:
            logger.exception("AceDesk did not stop cleanly")

    def _on_bug(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: types.TracebackType | None,
    ) -> None:
        """Take what a Qt slot raised: PySide hands it to `sys.excepthook` and goes on."""
        logger.critical("a bug in a window", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            self.window.show_error(error)


def _listen_to_signals(quit_now: Callable[[], None]) -> None:
    application = _application()
    if isinstance(application, Application):
        application.quit_asked.connect(quit_now)
    handle_ending_signals(asyncio.get_running_loop(), quit_now)


def _ask_for_a_key(window: MainWindow) -> None:
    window.bring_to_front()
    window.status.say(window.tr("Click into this window or press a key to copy"))


def _is_unseen() -> bool:
    return QGuiApplication.platformName() in UNSEEN_PLATFORMS


def _application() -> QGuiApplication:
    return cast("QGuiApplication", QGuiApplication.instance())


def run_desktop(
    application: QApplication,
    window: MainWindow,
    make_desk: MakeDesk,
    *,
    link: str | None,
    background: bool,
    data_dir: pathlib.Path,
) -> int:
    """Run a `Desktop` on a loop of its own; return its exit code or `RESTART`.

    Raises:
        CannotShow: The screen is gone.
    """
    loop = make_event_loop(application)
    with loop, gc_tuning.LoopCollector(loop):
        desktop = Desktop(
            window,
            make_desk,
            link=link,
            background=background,
            data_dir=data_dir,
            on_ready=gc_tuning.settle,
        )
        _watch_program(desktop)
        code = _run_to_its_end(loop, desktop)
    return RESTART if desktop.restarting.wanted else code


def _run_to_its_end(loop: QEventLoop, desktop: Desktop) -> int:
    """Run the desktop; return its exit code.

    Qt ends its loop when the display server goes; players and engines are told in what follows.

    Raises:
        CannotShow: The screen is gone.
    """
    running: asyncio.Task[int] = loop.create_task(desktop.run())
    # Not `run_until_complete`: where Qt ends the loop, that lets tasks go on without a loop.
    running.add_done_callback(lambda _: loop.stop())
    loop.run_forever()
    if running.done():
        return running.result()
    logger.warning("%s", SCREEN_GONE.what)
    desktop.quit_now()
    give_up_at = clock.monotonic() + STOP_TIMEOUT + 1.0
    while not running.done() and clock.monotonic() < give_up_at:
        loop.run_forever()
        time.sleep(TURN_WITHOUT_SCREEN)  # noqa: TID251 - no loop runs that could wait
    raise CannotShow(SCREEN_GONE)


def _watch_program(desktop: Desktop) -> None:
    """Tell when a package has replaced the program, where it is one of its own."""
    window, program = desktop.window, ProgramFile.of_this_program()
    if program is None:
        return

    def tell(sentence: str) -> None:
        if desktop.tray is not None and not window.is_watched:
            desktop.tray.tell(sentence)

    card = window.notices.new_note()
    UpdateNotice(program, card, tell=tell, restart=window.stack.restart_wanted.emit)
