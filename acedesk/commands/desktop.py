"""`acedesk [LINK]`: the window and its tray icon."""

import contextlib
import os
import pathlib
import sys
from collections.abc import Mapping

from acedesk.commands import native_message
from acedesk.commands.arguments import Arguments
from acedesk.commands.start import Start, prepare
from acedesk.doctor.screen import screen_problem
from acedesk.formats import links
from acedesk.process import startup_notification
from acedesk.process.aiohttp_import import import_aiohttp
from acedesk.process.restart import RESTART, start_again
from acedesk.store import settings_file
from acedesk.ui.qt.qt_import import import_qt
from acedesk.ui.shell.display import CannotShow, display_problem
from acedesk.ui.startable_desk import StartableDesk


def run(wanted: Arguments) -> int:
    """Show the window until somebody quits.

    Raises:
        LinkError: LINK is none, and there is a terminal to say so.
    """
    if wanted.link and not wanted.from_desktop:
        # Checked before any window: a mistyped command must not open one.
        with contextlib.suppress(links.SeveralLinks):  # the window asks which one
            links.find(wanted.link)
    problem = display_problem(os.environ) or screen_problem(os.environ)
    if problem is not None:
        return _cannot_show(problem.line, (problem.sentences, problem.command), wanted)
    start = prepare(wanted, os.environ)
    try:
        # Loads Qt; an AceDesk without a screen never comes here.
        import_qt()
        from acedesk.ui.shell import run as desktop
    except ImportError as exc:
        problem_text = native_message.incomplete(exc)
        return _cannot_show(problem_text, native_message.split(problem_text), wanted)

    try:
        code = desktop.run(
            lambda changes: _build(start, changes),
            link=wanted.link or None,
            background=wanted.background,
            data_dir=start.paths.data_dir,
            theme_mode=start.settings.theme,
        )
    except CannotShow as exc:
        message = (exc.problem.sentences, exc.problem.command)
        return _cannot_show(exc.problem.line, message, wanted, fonts=False)
    if code == RESTART:
        start_again(arguments_again(wanted, start.paths.config_file))
    return code


def arguments_again(wanted: Arguments, config_file: pathlib.Path) -> list[str]:
    """Return the arguments of a restart: without the link, and without what was changed since.

    Args:
        config_file: What was saved in it counts more than the command line of this run.
    """
    saved = settings_file.load(config_file, set_aside=False).values
    words = ["--demo"] if wanted.demo else []
    words += ["--data-dir", str(wanted.data_dir)] if wanted.data_dir else []
    words += ["--config", str(wanted.config)] if wanted.config else []
    words += ["--from-desktop"] if wanted.from_desktop else []
    for name, value in wanted.settings.items():
        if saved.get(name, value) != value:
            continue
        for each in value if isinstance(value, tuple) else (value,):
            option = "engine" if name == "engines" else name.replace("_", "-")
            words += [f"--{option}", str(each)]
    return words


def _cannot_show(
    line: str, message: tuple[str, str], wanted: Arguments, *, fonts: bool = True
) -> int:
    """Say why there is no window, also to who has no terminal; return the exit code.

    Args:
        message: The same for a dialog: plain sentences, and what stands behind Details.
        fonts: There are some, for whatever shows it.
    """
    print(f"acedesk: {line}", file=sys.stderr)
    if wanted.from_desktop or native_message.is_unseen():
        native_message.show(*message, environ=os.environ, fonts=fonts)
    startup_notification.complete(os.environ)
    return 1


def _build(start: Start, changes: Mapping[str, object]) -> StartableDesk:
    """Make the application behind the window.

    Args:
        changes: Settings for this run only, as after "Use port 8081".
    """
    import_aiohttp()
    # Imported when the window is already on the screen.
    from acedesk.commands.options import run_options
    from acedesk.compose import build

    return build(start.settings.changed(changes), options=run_options(start, desktop=True))
