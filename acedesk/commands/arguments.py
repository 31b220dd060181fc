"""Options and commands: from argv to one frozen value, or exit code 2 with one line.

Options may stand before or after the command's name, because `acedesk --demo serve` is what
people type.
"""

import argparse
import dataclasses
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

from acedesk import __version__, settings
from acedesk.errors import SettingsError
from acedesk.values import frozen_value

DESKTOP: Final = "desktop"
SELF_TEST: Final = "--self-test"
# For ourselves: the half of the self-test that runs in a process of its own.
WINDOWS_ONLY: Final = "--windows-only"
COMMANDS: Final = {
    "serve": "run without a window; players and programs use it over HTTP",
    "demo-engine": "run the simulated engine alone",
    "url": "print the address that plays LINK",
    "status": "show what the running AceDesk does",
    "engines": "list the engines of the running AceDesk, add, drain, replace, remove one ...",
    "events": "print what happened, and with --follow what happens",
    "tokens": "list the tokens of devices, add one, revoke one",
    "test": "try LINK on an engine that nobody uses, and tell how it does",
    "compose-file": "print a docker-compose file that starts the engine without AceDesk",
    "import-settings": "take over settings of acexy or acestream-orchestrator",
    "quit": "end the AceDesk that runs; its engines stay",
    "doctor": "check this computer and say what to do",
    "autostart": "start AceDesk with the computer, or not; tells which it is",
    "install-desktop": "add AceDesk to this user's application menu (Linux)",
    "uninstall-desktop": "remove it from there",
}


@frozen_value
class Arguments:
    """What was asked for.

    Attributes:
        command: "desktop", "--self-test" or a key of `COMMANDS`.
        settings: Checked values by setting name.
        demo: Given on the command line.
        from_desktop: Started from a desktop entry: nobody reads a terminal.
        switch: Of autostart: "on", "off", or "" to be told.
        host, port: Of demo-engine.
        template: Of compose-file.
        action: Of engines: one of `ENGINE_ACTIONS`; `name` is the engine's, "" for none. Of tokens
            one of `TOKEN_ACTIONS`, and the token's name.
        play: Of tokens: it opens only what players ask.
        lines: Of a log.
        yes: Also what another AceDesk may be using.
        follow: Go on with what happens.
        env_file, compose: Of import-settings; neither is the environment.
        dry_run: Only tell what would be done.
    """

    command: str
    link: str = ""
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    demo: bool = False
    data_dir: pathlib.Path | None = None
    config: pathlib.Path | None = None
    background: bool = False
    from_desktop: bool = False
    json: bool = False
    hls: bool = False
    list: bool = False
    links: bool = False
    force: bool = False
    windows_only: bool = False
    template: str = ""
    action: str = ""
    name: str = ""
    lines: int = 100
    yes: bool = False
    play: bool = False
    follow: bool = False
    all: bool = False
    env_file: pathlib.Path | None = None
    compose: pathlib.Path | None = None
    environment: bool = False
    dry_run: bool = False
    switch: str = ""
    host: str = "127.0.0.1"
    port: int = 0


class _Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that complains in one line."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(allow_abbrev=False, **facts)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"acedesk: {message}. “{self.prog} --help” lists what there is.\n")


def read(argv: Sequence[str]) -> Arguments:
    """Return what `argv` asks for.

    Raises:
        SystemExit: 2 after one line about a bad argument; 0 after --help or --version.
    """
    command, rest = _find_command(list(argv))
    parser = build_parser(command)
    # Between an action and the name there may be an option.
    parse = parser.parse_intermixed_args if command in _WITH_ACTION else parser.parse_args
    found = vars(parse(rest))
    if command == "engines" and not found["name"] and ENGINE_ACTIONS[found["action"]]:
        parser.error(f"which engine? acedesk engines {found['action']} ENGINE")
    if command == "tokens" and not found["name"] and found["action"] != "list":
        parser.error(f"of which device? acedesk tokens {found['action']} NAME")
    engines = found.pop("engine", None)
    given = {
        name: found.pop(name, None)
        for name in ("host", "port", "log_level", "orchestrator_url", "orchestrator_api_key")
        if command != "demo-engine"
    }
    given["engines"] = tuple(engines) if engines else None
    chosen = {name: value for name, value in given.items() if value is not None}
    return Arguments(command=command, settings=chosen, **found)


_WITH_ACTION: Final = ("engines", "tokens")

_WITH_VALUE = (
    "--engine",
    "--orchestrator",
    "--api-key",
    "--lines",
    "--template",
    "--env-file",
    "--compose",
    "--host",
    "--port",
    "--data-dir",
    "--config",
    "--log-level",
)


def _find_command(argv: list[str]) -> tuple[str, list[str]]:
    """Split argv into the command and the rest; no command is the desktop."""
    value_follows = False
    for index, word in enumerate(argv):
        if value_follows:
            value_follows = False
        elif word in _WITH_VALUE:
            value_follows = True
        elif word in COMMANDS or word == SELF_TEST:
            return word, argv[:index] + argv[index + 1 :]
        elif word == "--" or not word.startswith("-"):
            break
    return DESKTOP, argv


def build_parser(command: str) -> argparse.ArgumentParser:
    """Return what reads the arguments of a command; that without a name is `DESKTOP`."""
    add_options = {
        DESKTOP: _desktop,
        SELF_TEST: _self_test,
        "serve": _serve,
        "demo-engine": _demo_engine,
        "url": _url,
        "status": _status,
        "engines": _engines,
        "events": _events,
        "tokens": _tokens,
        "test": _test,
        "compose-file": _compose_file,
        "import-settings": _import_settings,
        "quit": _quit,
        "doctor": _doctor,
        "autostart": _autostart,
        "install-desktop": _install_desktop,
        "uninstall-desktop": _uninstall_desktop,
    }[command]
    if command == DESKTOP:
        parser = _Parser(
            prog="acedesk",
            usage="acedesk [OPTIONS] [LINK]\n       acedesk COMMAND [OPTIONS]",
            description="Ace Stream on the desktop: one engine session for every player at home.",
            epilog=_epilog(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    else:
        what = COMMANDS.get(command, _SELF_TEST_HELP)
        parser = _Parser(prog=f"acedesk {command}", description=f"{what}.")
    add_options(parser)
    return parser


def _epilog() -> str:
    commands = "\n".join(f"  {name:<18} {what}" for name, what in COMMANDS.items())
    return (
        f"commands (“acedesk COMMAND --help” tells more):\n{commands}\n\n"
        "Every setting can also come from the environment as ACEDESK_ and its name in capitals,\n"
        "for example ACEDESK_PORT; also ACEDESK_DEMO, ACEDESK_DATA_DIR and ACEDESK_CONFIG.\n"
        "The command line comes first, then the environment, the settings file, the default."
    )


_SELF_TEST_HELP: Final = "check that this AceDesk is whole and works"


def _desktop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("link", nargs="?", default="", metavar="LINK", help="a link to play")
    parser.add_argument("--version", action="version", version=f"acedesk {__version__}")
    # Taken out before: here so that the help names it.
    parser.add_argument(
        SELF_TEST, action="store_true", default=argparse.SUPPRESS, help=_SELF_TEST_HELP
    )
    _serve(parser)
    parser.add_argument(
        "--background", action="store_true", help="start in the tray, without a window"
    )
    parser.add_argument(
        "--from-desktop",
        action="store_true",
        help="started from a desktop entry: show errors in a window",
    )


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="with a simulated engine built in")
    parser.add_argument(
        "--engine",
        action="append",
        type=_engine,
        metavar="HOST:PORT",
        help="use the engine that runs there (repeatable)",
    )
    parser.add_argument(
        "--orchestrator",
        dest="orchestrator_url",
        type=_setting("orchestrator_url"),
        metavar="URL",
        help="get engines from the AceDesk or acestream-orchestrator there",
    )
    parser.add_argument(
        "--api-key",
        dest="orchestrator_api_key",
        type=_secret("orchestrator_api_key"),
        metavar="KEY",
        help="its key; other users of this computer see it here and not in the environment, "
        "ACEDESK_ORCHESTRATOR_API_KEY",
    )
    _address(parser)
    _places(parser)
    parser.add_argument(
        "--log-level",
        type=_setting("log_level"),
        metavar="LEVEL",
        help="debug, info, warning or error",
    )


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host",
        type=_setting("host"),
        metavar="HOST",
        help="address to listen on (127.0.0.1); 0.0.0.0 serves the whole network",
    )
    parser.add_argument(
        "--port", type=_setting("port"), metavar="PORT", help="port to listen on (8080)"
    )


def _places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir", type=_path, metavar="DIR", help="folder for everything AceDesk keeps"
    )
    parser.add_argument("--config", type=_path, metavar="FILE", help="the settings file")


def _demo_engine(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--port", type=_setting("port"), metavar="PORT", help="port to listen on")
    what.add_argument(
        "--list", action="store_true", help="print the demo ids, one JSON object a line, and end"
    )
    parser.add_argument(
        "--host",
        type=_setting("host"),
        default="127.0.0.1",
        metavar="HOST",
        help="address to listen on (127.0.0.1)",
    )


def _url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("link", metavar="LINK", help="a link, a content id or an infohash")
    parser.add_argument("--hls", action="store_true", help="the address of its playlist (HLS)")
    _address(parser)
    _places(parser)


def _status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    _places(parser)


# What may be done with engines, and whether it needs the name of one.
ENGINE_ACTIONS: Final = {
    "list": False,
    "add": False,
    "drain": True,
    "undrain": True,
    "replace": True,
    "restart": True,
    "remove": True,
    "logs": True,
    "take-over": False,
}


def _engines(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=ENGINE_ACTIONS, metavar="ACTION", help=_ENGINE_HELP)
    parser.add_argument(
        "name", nargs="?", default="", metavar="ENGINE", help="its name, or the begin of its id"
    )
    parser.add_argument("--json", action="store_true", help="the list, as JSON")
    parser.add_argument(
        "--lines", type=_count, default=100, metavar="N", help="of the log, the last ones (100)"
    )
    parser.add_argument(
        "--yes", action="store_true", help="take over also what another AceDesk may be using"
    )
    _places(parser)


_ENGINE_HELP: Final = (
    "list; add makes one; drain gives it no new streams and removes it when it has none; undrain "
    "gives it some again; "
    "replace makes another and drains it; restart; remove; logs prints what it wrote; take-over "
    "makes the engine of another AceDesk one of this (all of them without a name)"
)


def _events(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--follow", action="store_true", help="go on until Ctrl+C")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    _places(parser)


TOKEN_ACTIONS: Final = ("list", "add", "revoke")


def _tokens(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=TOKEN_ACTIONS,
        metavar="ACTION",
        help="list; add makes one and shows it this once; revoke lets it open nothing any more",
    )
    parser.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="of the device, such as “TV”, or an id"
    )
    parser.add_argument("--play", action="store_true", help="add: it opens only what players ask")
    parser.add_argument("--json", action="store_true", help="what is told, as JSON")
    _places(parser)


def _test(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("link", metavar="LINK", help="a link, a content id or an infohash")
    parser.add_argument("--json", action="store_true", help="the result, as JSON")
    _places(parser)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) <= _MOST_LINES):
        raise argparse.ArgumentTypeError(f"“{text}” must be a number from 1 to {_MOST_LINES}")
    return int(text)


_MOST_LINES: Final = 10_000


def _compose_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--template", default="", metavar="NAME", help="that of an engine template instead"
    )
    _places(parser)


def _import_settings(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--env-file", type=_path, metavar="FILE", help="a file of variables, such as .env"
    )
    where.add_argument("--compose", type=_path, metavar="FILE", help="a compose file")
    where.add_argument(
        "--environment", action="store_true", help="the variables of this environment"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="tell what would be done, and change nothing"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="what becomes of each, as JSON")
    _places(parser)


def _quit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--all", action="store_true", help="all of this installation, whatever their data folder"
    )
    _places(parser)


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the findings, as JSON")
    _address(parser)
    _places(parser)


def _autostart(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "switch",
        nargs="?",
        default="",
        choices=("on", "off", ""),
        metavar="on|off",
        help="change it; without it, tell how it is",
    )
    _places(parser)


def _install_desktop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--links", action="store_true", help="open acestream:// links with AceDesk from now on"
    )
    parser.add_argument(
        "--force", action="store_true", help="also where the system has an entry of that name"
    )


def _uninstall_desktop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--force", action="store_true", help="also an entry that starts another AceDesk"
    )


def _self_test(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="what was found, as JSON")
    parser.add_argument(WINDOWS_ONLY, action="store_true", help=argparse.SUPPRESS)


def _nothing(parser: argparse.ArgumentParser) -> None:
    """A command without options of its own."""


def _setting(name: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return settings.parse(name, text)
        except SettingsError as exc:
            raise argparse.ArgumentTypeError(f"“{text}” {exc.reason}") from exc

    return parse


def _secret(name: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            return settings.parse(name, text)
        except SettingsError as exc:
            raise argparse.ArgumentTypeError(exc.reason) from None

    return parse


def _engine(text: str) -> str:
    try:
        settings.parse_address(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc
    return text.strip()


def _path(text: str) -> pathlib.Path:
    if not text.strip() or "\0" in text:
        raise argparse.ArgumentTypeError("must be the path of a file or folder")
    return pathlib.Path(text)
