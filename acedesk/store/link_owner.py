"""Which program opens acestream links on this computer, taking that over, and giving it back.

On Linux the lists of the MIME Applications Associations Specification say it; on Windows keys of
the user's classes, as the installer writes them.
"""

import contextlib
import pathlib
import sys
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from acedesk.errors import StorageError
from acedesk.model.computer.integration import LinkOwner
from acedesk.store import desktop_entry, link_handler
from acedesk.store.autostart import config_folders, split_line
from acedesk.store.desktop_entry import ENTRY_NAME, LINKS_ENTRY_NAME, SCHEME
from acedesk.store.link_handler import ADDED, DEFAULTS, LIST_NAME, REMOVED
from acedesk.store.registry import Registry, user_registry

# What opens links in our name.
OWN_ENTRIES: Final = (ENTRY_NAME, LINKS_ENTRY_NAME)
CLASS_KEY: Final = r"Software\Classes\acestream"
COMMAND_KEY: Final = CLASS_KEY + r"\shell\open\command"
# What the user chose in the settings of Windows counts more than the class.
CHOICE_KEY: Final = (
    r"Software\Microsoft\Windows\Shell\Associations\UrlAssociations\acestream\UserChoice"
)
OWN_KEY: Final = r"Software\AceDesk"
FORMER_NAME: Final = "FormerLinkCommand"


class LinkControl(Protocol):
    """Who opens links, and changing it."""

    def owner(self) -> LinkOwner:
        """Return which program opens them now."""
        ...

    def take(self) -> None:
        """Let AceDesk open them from now on.

        Raises:
            StorageError: The system does not take it.
        """
        ...

    def give_back(self) -> None:
        """Let the program open them that did before, or none.

        Raises:
            StorageError: The system does not take it.
        """
        ...


def find_links(
    environ: Mapping[str, str],
    command: tuple[str, ...],
    *,
    platform: str = sys.platform,
    registry: Registry | None = None,
) -> LinkControl | None:
    """Return what this system has for it, None where only a bundle can say it (macOS).

    Args:
        command: The argv of this AceDesk.
    """
    if platform == "darwin":
        return None
    if platform == "win32":
        return LinkKey(registry or user_registry(), command)
    return XdgLinks(environ, command)


class XdgLinks:
    """The lists of a Linux desktop."""

    def __init__(self, environ: Mapping[str, str], command: tuple[str, ...]) -> None:
        self._environ = environ
        self._command = command
        self._home = desktop_entry.data_home(environ)
        self._data = (self._home, *desktop_entry.shared_data(environ))

    def owner(self) -> LinkOwner:
        """See `LinkControl`."""
        entry = self.owning_entry()
        if not entry:
            return LinkOwner()
        return LinkOwner(self._name_of(entry), entry in OWN_ENTRIES)

    def owning_entry(self) -> str:
        """Return the file name of the owner's entry, "" when no program opens links."""
        removed: set[str] = set()
        added: list[str] = []
        for path in self._lists():
            text = _read(path)
            for entry in link_handler.entries(text, DEFAULTS, SCHEME):
                if self._find(entry) is not None:
                    return entry
            added += link_handler.entries(text, ADDED, SCHEME)
            removed.update(link_handler.entries(text, REMOVED, SCHEME))
        for folder in self._data:
            text = _read(folder / "applications" / "mimeinfo.cache")
            added += link_handler.entries(text, "[MIME Cache]", SCHEME)
        # Desktops without a cache look into the entries themselves.
        added += [one for one in OWN_ENTRIES if self._opens_links(one)]
        candidates = (one for one in added if one not in removed)
        return next((one for one in candidates if self._find(one) is not None), "")

    def take(self) -> None:
        """See `LinkControl`; a menu entry is made where there is none of any AceDesk."""
        before = self.owning_entry()  # ours may count as soon as it is there
        if self._find(ENTRY_NAME) is None:
            desktop_entry.install(self._home, self._command)
        self.put_first(ENTRY_NAME, before=before)

    def put_first(self, entry: str, *, before: str = "") -> None:
        """Let a program open links; whoever did before stands behind it and is not lost.

        Args:
            before: Who did, by default who does now.

        Raises:
            StorageError: A list could not be written.
        """
        before = before or self.owning_entry()
        own, *single = self._own_lists()
        link_handler.put_first(entry, own, before=before)
        for path in single:
            if link_handler.entries(_read(path), DEFAULTS, SCHEME):
                link_handler.put_first(entry, path, before=before)

    def give_back(self) -> None:
        """See `LinkControl`."""
        for entry in OWN_ENTRIES:
            link_handler.forget(entry, self._own_lists())
        while (entry := self.owning_entry()) in OWN_ENTRIES:
            link_handler.refuse(entry, self._own_lists()[0])

    def _own_lists(self) -> tuple[pathlib.Path, ...]:
        """Return the user's list for all desktops, then those for single ones."""
        found = link_handler.lists(self._environ, self._home)
        own = config_folders(self._environ)[0] / LIST_NAME
        return (own, *(path for path in found if path != own))

    def _lists(self) -> Iterator[pathlib.Path]:
        """Yield the lists in the order in which they count."""
        desktops = self._environ.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
        config, shared = config_folders(self._environ)
        for folder in (config, *shared, *(one / "applications" for one in self._data)):
            for desktop in filter(None, desktops):
                yield folder / f"{desktop}-{LIST_NAME}"
            yield folder / LIST_NAME

    def _find(self, entry: str) -> pathlib.Path | None:
        places = (folder / "applications" / entry for folder in self._data)
        return next((path for path in places if path.is_file()), None)

    def _name_of(self, entry: str) -> str:
        return self._value(entry, "Name") or entry.removesuffix(".desktop")

    def _opens_links(self, entry: str) -> bool:
        return SCHEME in self._value(entry, "MimeType").split(";")

    def _value(self, entry: str, key: str) -> str:
        """Return what the main group of an entry says of one thing, "" for nothing."""
        path = self._find(entry)
        return desktop_entry.main_group(_read(path)).get(key, "") if path is not None else ""


def _read(path: pathlib.Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_bytes().decode("utf-8", "replace")
    return ""


class LinkKey:
    """The class of the scheme in the user's part of the registry."""

    def __init__(self, registry: Registry, command: tuple[str, ...]) -> None:
        self._registry = registry
        self._program = command[0]
        # "--": what a page wrote is no option of ours.
        self._line = f'"{command[0]}" --from-desktop -- "%1"'

    def owner(self) -> LinkOwner:
        """See `LinkControl`."""
        choice = self._registry.read(CHOICE_KEY, "ProgId")
        key = COMMAND_KEY
        if isinstance(choice, str) and choice:
            key = rf"Software\Classes\{choice}\shell\open\command"
        line = self._registry.read(key, "")
        words = split_line(line) if isinstance(line, str) else ()
        if not words:
            return LinkOwner()
        program = pathlib.PureWindowsPath(words[0])
        ours = program == pathlib.PureWindowsPath(self._program)
        return LinkOwner("AceDesk" if ours else program.stem, ours)

    def take(self) -> None:
        """See `LinkControl`.

        Raises:
            StorageError: Another program was chosen in the settings of Windows, which only a person
                can change there.
        """
        before = self._registry.read(COMMAND_KEY, "")
        if before != self._line:
            self._registry.write(OWN_KEY, FORMER_NAME, before if isinstance(before, str) else "")
        self._registry.write(CLASS_KEY, "", "URL:Ace Stream link")
        self._registry.write(CLASS_KEY, "URL Protocol", "")
        self._registry.write(COMMAND_KEY, "", self._line)
        if not self.owner().is_ours:
            raise StorageError(
                "another program was chosen for these links in the settings of Windows; choose "
                "AceDesk there, under Apps, Default apps"
            )

    def give_back(self) -> None:
        """See `LinkControl`."""
        if self._registry.read(COMMAND_KEY, "") != self._line:
            return
        former = self._registry.read(OWN_KEY, FORMER_NAME)
        if isinstance(former, str) and former:
            self._registry.write(COMMAND_KEY, "", former)
        else:
            self._registry.delete(COMMAND_KEY, "")
            self._registry.delete(CLASS_KEY, "URL Protocol")
        self._registry.delete(OWN_KEY, FORMER_NAME)
