"""The windows ask the system through one door, and a moved program is put right."""

import os
import pathlib
import sys

import pytest

from acedesk.application.integration import DesktopIntegration
from acedesk.errors import StorageError
from acedesk.model.computer.integration import AutostartState
from acedesk.store import desktop_entry
from acedesk.store.autostart import AutostartControl, XdgAutostart
from acedesk.store.link_owner import XdgLinks

HERE, GONE = (sys.executable,), ("/opt/gone/acedesk",)


@pytest.fixture
def home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    if sys.platform == "win32":
        pytest.skip("it would write keys of whoever runs the tests")
    for name, folder in (("XDG_DATA_HOME", "share"), ("XDG_CONFIG_HOME", "config")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    for name in ("XDG_DATA_DIRS", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(tmp_path / "system"))
    return tmp_path


@pytest.fixture
def integration(home: pathlib.Path) -> DesktopIntegration:
    return DesktopIntegration(command=HERE)


async def test_starting_with_the_computer_goes_on_and_off(integration: DesktopIntegration) -> None:
    await integration.set_autostart(True)
    found = await integration.autostart()
    assert (found.state, found.is_this) == (AutostartState.ON, True)

    await integration.set_autostart(False)
    assert (await integration.autostart()).state is AutostartState.OFF


async def test_the_data_folder_is_chosen_again_at_login(home: pathlib.Path) -> None:
    integration = DesktopIntegration(("--data-dir", "/d"), command=HERE)

    await integration.set_autostart(True)

    assert (await integration.autostart()).command == (*HERE, "--data-dir", "/d", "--background")


async def test_links_are_taken_and_given_back(integration: DesktopIntegration) -> None:
    await integration.take_links()
    owner = await integration.link_owner()
    assert owner is not None
    assert owner.is_ours

    await integration.give_links_back()
    owner = await integration.link_owner()
    assert owner is not None
    assert not owner.is_ours


async def test_entries_of_a_program_that_moved_lead_to_the_new_place(
    integration: DesktopIntegration, home: pathlib.Path
) -> None:
    AutostartControl(XdgAutostart(home / "config"), GONE).turn_on()
    XdgLinks(os.environ, GONE).take()
    entry = home / "share" / "applications" / desktop_entry.ENTRY_NAME
    assert GONE[0] in entry.read_text()

    await integration.repair()

    assert (await integration.autostart()).is_this
    assert f"Exec={HERE[0]} --from-desktop %u" in entry.read_text()


async def test_without_entries_a_repair_writes_nothing(
    integration: DesktopIntegration, home: pathlib.Path
) -> None:
    await integration.repair()

    assert not os.listdir(home)  # noqa: PTH208 - the other way blocks as long


class _Unwritable:
    """A place of the system that starts an AceDesk that is gone, and takes no other."""

    def read(self) -> tuple[AutostartState, tuple[str, ...]]:
        return AutostartState.ON, GONE

    def write(self, command: tuple[str, ...], *, enabled: bool) -> None:
        raise StorageError("/home/u/.config: read-only file system")

    def remove(self) -> None:
        raise StorageError("/home/u/.config: read-only file system")


@pytest.mark.usefixtures("home")
async def test_a_home_that_cannot_be_written_is_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    control = AutostartControl(_Unwritable(), HERE)
    integration = DesktopIntegration(command=HERE, autostart=control)

    await integration.repair()

    assert "read-only file system" in caplog.text
    with pytest.raises(StorageError):
        await integration.set_autostart(False)
