"""What every command needs first: the places and the settings that hold for this run."""

import dataclasses
import logging
import pathlib
from collections.abc import Mapping

from acedesk.commands.arguments import Arguments
from acedesk.errors import SettingsError
from acedesk.model.host import is_loopback
from acedesk.settings import ENVIRONMENT_PREFIX, Settings, names
from acedesk.store import lock, settings_file, sources
from acedesk.store.access import token_book
from acedesk.store.paths import Paths, find_paths
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

_DEVICES_NEED_TOKENS = (
    "Devices on your network need a token from this version on. Copy the addresses on them again: "
    "they have one. Or let every device in without: Settings, Network."
)

_WORDS = {"1": True, "true": True, "yes": True, "on": True}
_WORDS |= {"": False, "0": False, "false": False, "no": False, "off": False}


@frozen_value
class Start:
    """How this run begins.

    Attributes:
        notes: Sentences the user should read once.
        places: Options that choose the same data folder and settings file again.
        in_keyring: Settings whose values are in the keyring, with the id of the data folder; those
            that the command line or the environment tells are left out.
    """

    settings: Settings
    paths: Paths
    demo: bool
    notes: tuple[str, ...]
    places: tuple[str, ...] = ()
    in_keyring: Mapping[str, str] = dataclasses.field(default_factory=dict)


def prepare(arguments: Arguments, environ: Mapping[str, str], *, looking: bool = False) -> Start:
    """Put command line, environment and settings file together.

    Args:
        looking: The command only looks on: a broken settings file stays where it is, for the
            next real start to tell about.

    Raises:
        SettingsError: A variable has a bad value; `field` is its name.
    """
    data_dir = arguments.data_dir or _path(environ, "DATA_DIR")
    config = arguments.config or _path(environ, "CONFIG")
    paths = find_paths(data_dir, config)
    places: tuple[str, ...] = ("--data-dir", str(paths.data_dir)) if data_dir else ()
    places += ("--config", str(paths.config_file)) if config else ()
    demo = arguments.demo or _flag(environ, "DEMO")
    loaded = settings_file.load(paths.config_file, set_aside=not looking)
    if not looking:
        _warn_of_unknown(environ)
    settings = sources.effective(loaded.values, environ, arguments.settings)
    notes = (*loaded.notes, *_access_notes(settings, paths))
    told = {*sources.from_environment(environ), *arguments.settings}
    return Start(
        settings=settings,
        paths=paths,
        demo=demo,
        notes=notes,
        places=places,
        in_keyring={name: id_ for name, id_ in loaded.in_keyring.items() if name not in told},
    )


def _access_notes(settings: Settings, paths: Paths) -> tuple[str, ...]:
    """Return what is to be told once to who let other devices in with a version before tokens."""
    asked_nobody = (paths.data_dir / lock.LOCK_NAME).exists()
    if is_loopback(settings.host) or settings.open_network or not asked_nobody:
        return ()
    return () if (paths.data_dir / token_book.FILE_NAME).exists() else (_DEVICES_NEED_TOKENS,)


def _warn_of_unknown(environ: Mapping[str, str]) -> None:
    """Tell of variables that look like ours: most of them are settings with a typing error."""
    ours = {ENVIRONMENT_PREFIX + name.upper() for name in (*names(), "demo", "data_dir", "config")}
    for variable in environ:
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in ours:
            logger.warning("the environment variable %s is no setting and is ignored", variable)


def _path(environ: Mapping[str, str], name: str) -> pathlib.Path | None:
    text = environ.get(ENVIRONMENT_PREFIX + name, "")
    return pathlib.Path(text) if text else None


def _flag(environ: Mapping[str, str], name: str) -> bool:
    variable = ENVIRONMENT_PREFIX + name
    text = environ.get(variable, "").strip()
    if text.lower() not in _WORDS:
        raise SettingsError(variable, text, "must be yes or no")
    return _WORDS[text.lower()]
