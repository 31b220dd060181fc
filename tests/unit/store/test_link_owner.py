"""Who opens links: as desktops find out, taken over, and given back."""

import pathlib
import sys
from collections.abc import Callable

import pytest

from acedesk.errors import StorageError
from acedesk.store.link_owner import (
    CHOICE_KEY,
    CLASS_KEY,
    COMMAND_KEY,
    FORMER_NAME,
    OWN_KEY,
    LinkKey,
    XdgLinks,
    find_links,
)
from tests.fakes.windows_registry import FakeRegistry
from tests.needs import need_program

SCHEME = "x-scheme-handler/acestream"
COMMAND = ("/opt/acedesk",)
Entry = Callable[..., pathlib.Path]


@pytest.fixture
def environ(tmp_path: pathlib.Path) -> dict[str, str]:
    """Return the places of a desktop of Linux."""
    if sys.platform == "win32":
        pytest.skip("desktops of Linux; their lists of folders have no drives")
    return {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_CONFIG_DIRS": str(tmp_path / "etc"),
        "XDG_DATA_HOME": str(tmp_path / "share"),
        "XDG_DATA_DIRS": str(tmp_path / "system"),
    }


@pytest.fixture
def entry(tmp_path: pathlib.Path) -> Entry:
    """Let a program of the system be there; `cached` ones open links without being chosen."""

    def make(name: str, *, cached: bool = False, folder: str = "system") -> pathlib.Path:
        place = tmp_path / folder / "applications"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{name}.desktop"
        path.write_text(
            f"[Desktop Entry]\nName={name.title()}\nExec={name} %u\n[Desktop Action x]\nName=No\n"
        )
        if cached:
            (place / "mimeinfo.cache").write_text(f"[MIME Cache]\n{SCHEME}={name}.desktop;\n")
        return path

    return make


def _list(tmp_path: pathlib.Path, name: str = "config/mimeapps.list") -> pathlib.Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_nobody_opens_links_where_no_program_can(environ: dict[str, str]) -> None:
    owner = XdgLinks(environ, COMMAND).owner()

    assert (owner.name, owner.is_ours) == ("", False)


def test_a_program_that_says_it_can_opens_links(environ: dict[str, str], entry: Entry) -> None:
    entry("player", cached=True)

    owner = XdgLinks(environ, COMMAND).owner()

    assert (owner.name, owner.is_ours) == ("Player", False)


def test_the_chosen_one_counts_more_unless_it_is_gone(
    environ: dict[str, str], entry: Entry, tmp_path: pathlib.Path
) -> None:
    entry("player", cached=True)
    other = entry("other")
    _list(tmp_path).write_text(f"[Default Applications]\n{SCHEME}=gone.desktop;other.desktop\n")
    links = XdgLinks(environ, COMMAND)
    assert links.owner().name == "Other"

    other.unlink()

    assert links.owner().name == "Player"


def test_the_list_of_a_desktop_counts_more_than_that_of_all(
    environ: dict[str, str], entry: Entry, tmp_path: pathlib.Path
) -> None:
    entry("player")
    entry("other")
    _list(tmp_path).write_text(f"[Default Applications]\n{SCHEME}=player.desktop\n")
    _list(tmp_path, "config/kde-mimeapps.list").write_text(
        f"[Default Applications]\n{SCHEME}=other.desktop\n"
    )

    assert XdgLinks(environ, COMMAND).owner().name == "Player"
    in_kde = {**environ, "XDG_CURRENT_DESKTOP": "KDE"}
    assert XdgLinks(in_kde, COMMAND).owner().name == "Other"


@pytest.mark.parametrize("chosen", [True, False])
def test_taken_links_are_ours_and_go_back_to_who_had_them(
    environ: dict[str, str], entry: Entry, tmp_path: pathlib.Path, chosen: bool
) -> None:
    entry("player", cached=not chosen)
    if chosen:
        _list(tmp_path).write_text(
            f"# by hand\n[Default Applications]\ntext/html=b.desktop\n{SCHEME}=player.desktop;\n"
        )
    links = XdgLinks(environ, COMMAND)

    links.take()

    assert links.owner().is_ours
    assert (tmp_path / "share" / "applications" / "acedesk.desktop").exists()
    links.give_back()
    assert links.owner().name == "Player"
    if chosen:
        assert "# by hand\n[Default Applications]\n" in _list(tmp_path).read_text()
        assert "text/html=b.desktop" in _list(tmp_path).read_text()


def test_who_had_links_is_kept_although_our_new_entry_comes_first(
    environ: dict[str, str], entry: Entry, tmp_path: pathlib.Path
) -> None:
    entry("player", folder="share").write_text(
        f"[Desktop Entry]\nType=Application\nName=Player\nExec=true\nMimeType={SCHEME};\n"
    )
    need_program("update-desktop-database")
    _list(tmp_path, "share/applications/mimeinfo.cache").write_text(
        f"[MIME Cache]\n{SCHEME}=player.desktop;\n"
    )

    XdgLinks(environ, COMMAND).take()

    assert f"{SCHEME}=acedesk.desktop;player.desktop;" in _list(tmp_path).read_text()


def test_links_that_nobody_had_are_nobodys_again(environ: dict[str, str], entry: Entry) -> None:
    entry("acedesk", cached=True)
    links = XdgLinks(environ, COMMAND)
    assert links.owner().is_ours

    links.give_back()
    assert links.owner().name == ""

    links.take()
    assert links.owner().is_ours


def test_an_entry_of_the_system_that_only_starts_acedesk_opens_no_links(
    environ: dict[str, str], entry: Entry
) -> None:
    entry("acedesk")

    assert XdgLinks(environ, COMMAND).owner().name == ""


def test_what_a_package_added_for_links_is_ours_and_can_be_given_back(
    environ: dict[str, str], entry: Entry
) -> None:
    entry("acedesk")
    entry("acedesk-links", cached=True)
    links = XdgLinks(environ, COMMAND)
    assert links.owner().is_ours

    links.give_back()

    assert links.owner().name == ""
    links.take()
    assert links.owner().is_ours


def test_an_acedesk_of_the_system_is_not_hidden_by_taking_links(
    environ: dict[str, str], entry: Entry, tmp_path: pathlib.Path
) -> None:
    entry("acedesk")
    entry("player", cached=True)

    XdgLinks(environ, COMMAND).take()

    assert XdgLinks(environ, COMMAND).owner().is_ours
    assert not (tmp_path / "share" / "applications" / "acedesk.desktop").exists()


def test_the_list_of_a_desktop_that_names_another_is_changed_too(
    environ: dict[str, str], entry: Entry, tmp_path: pathlib.Path
) -> None:
    entry("player")
    single = _list(tmp_path, "config/gnome-mimeapps.list")
    single.write_text(f"[Default Applications]\n{SCHEME}=player.desktop\n")
    silent = _list(tmp_path, "config/kde-mimeapps.list")
    silent.write_text("[Default Applications]\na/b=c.desktop\n")
    in_gnome = {**environ, "XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}

    XdgLinks(in_gnome, COMMAND).take()

    assert XdgLinks(in_gnome, COMMAND).owner().is_ours
    assert "acedesk" not in silent.read_text()
    XdgLinks(in_gnome, COMMAND).give_back()
    assert XdgLinks(in_gnome, COMMAND).owner().name == "Player"


def test_a_list_that_cannot_be_written_is_told(
    environ: dict[str, str], tmp_path: pathlib.Path
) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")

    with pytest.raises(StorageError):
        XdgLinks(environ, COMMAND).take()


# Windows

PROGRAM = r"C:\Users\u\AppData\Local\Programs\AceDesk\AceDesk.exe"
OURS = f'"{PROGRAM}" --from-desktop -- "%1"'
OTHER = r'"C:\ACEStream\ace_player.exe" "%1"'


def test_a_class_without_a_command_is_nobodys() -> None:
    links = LinkKey(FakeRegistry(), (PROGRAM,))

    assert links.owner().name == ""
    links.give_back()
    assert links.owner().name == ""


def test_the_class_is_written_as_windows_wants_it_and_given_back() -> None:
    registry = FakeRegistry()
    registry.values[COMMAND_KEY, ""] = OTHER
    links = LinkKey(registry, (PROGRAM,))
    assert (links.owner().name, links.owner().is_ours) == ("ace_player", False)

    links.take()

    assert links.owner().is_ours
    assert registry.values[COMMAND_KEY, ""] == OURS
    assert registry.values[CLASS_KEY, "URL Protocol"] == ""
    links.take()  # again: the former owner is not forgotten for it
    links.give_back()
    assert registry.values[COMMAND_KEY, ""] == OTHER
    assert (OWN_KEY, FORMER_NAME) not in registry.values


def test_a_class_that_was_empty_is_empty_again() -> None:
    registry = FakeRegistry()
    links = LinkKey(registry, (PROGRAM,))

    links.take()
    links.give_back()

    assert links.owner().name == ""


def test_what_another_program_took_since_is_not_touched() -> None:
    registry = FakeRegistry()
    links = LinkKey(registry, (PROGRAM,))
    links.take()
    registry.values[COMMAND_KEY, ""] = OTHER

    links.give_back()

    assert registry.values[COMMAND_KEY, ""] == OTHER


def test_a_choice_in_the_settings_of_windows_counts_most_and_is_told() -> None:
    registry = FakeRegistry()
    registry.values[CHOICE_KEY, "ProgId"] = "Ace.Url"
    registry.values[r"Software\Classes\Ace.Url\shell\open\command", ""] = OTHER
    links = LinkKey(registry, (PROGRAM,))

    assert links.owner().name == "ace_player"
    with pytest.raises(StorageError, match="Default apps"):
        links.take()


def test_each_system_has_its_own(environ: dict[str, str]) -> None:
    registry = FakeRegistry()

    assert isinstance(find_links(environ, COMMAND, platform="linux"), XdgLinks)
    assert isinstance(find_links(environ, COMMAND, platform="win32", registry=registry), LinkKey)
    assert find_links(environ, COMMAND, platform="darwin") is None
