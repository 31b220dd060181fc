"""Settings that are saved at once are all kept, in the order in which they were saved."""

import asyncio
import contextlib
import pathlib
import socket
import threading

import pytest

from acedesk import tasks
from acedesk.application.settings import SettingsControl
from acedesk.errors import CannotListen, ListenProblem, PortInUse, SettingsError, StorageError
from acedesk.model.event import EventKind
from acedesk.settings import Settings
from acedesk.store import settings_file
from tests.fakes.notes import Notes


def _control(folder: pathlib.Path) -> SettingsControl:
    return SettingsControl(Settings(), folder / "settings.toml", lambda _: None)


def _stored(folder: pathlib.Path) -> dict[str, object]:
    return dict(settings_file.load(folder / "settings.toml", set_aside=False).values)


@pytest.fixture
def readers_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a save wait a moment for another one between reading the file and writing it."""
    meeting = threading.Barrier(2, timeout=0.3)
    load = settings_file.load

    def load_together(
        path: pathlib.Path, *, set_aside: bool = True
    ) -> settings_file.LoadedSettings:
        found = load(path, set_aside=set_aside)
        with contextlib.suppress(threading.BrokenBarrierError):
            meeting.wait()
        return found

    monkeypatch.setattr(settings_file, "load", load_together)


@pytest.mark.usefixtures("readers_meet")
async def test_two_saves_at_once_are_both_kept(tmp_path: pathlib.Path) -> None:
    control = _control(tmp_path)

    await asyncio.gather(control.save({"grace": 7.0}), control.save({"stall_timeout": 9.0}))

    assert _stored(tmp_path) == {"grace": 7.0, "stall_timeout": 9.0}
    assert (control.current.grace, control.current.stall_timeout) == (7.0, 9.0)


@pytest.mark.usefixtures("readers_meet")
async def test_a_save_whose_caller_is_gone_is_kept_beside_the_next(tmp_path: pathlib.Path) -> None:
    control = _control(tmp_path)
    first = tasks.spawn(control.save({"grace": 7.0}), name="first save")
    turn = asyncio.Event()
    control.changed.connect(lambda _: turn.set())
    await turn.wait()

    first.cancel()
    await control.save({"stall_timeout": 9.0})

    assert _stored(tmp_path) == {"grace": 7.0, "stall_timeout": 9.0}


async def test_of_many_saves_of_one_option_the_last_is_kept(tmp_path: pathlib.Path) -> None:
    control = _control(tmp_path)

    await asyncio.gather(*(control.save({"grace": float(value)}) for value in range(20)))

    assert _stored(tmp_path) == {"grace": 19.0}


def _block(folder: pathlib.Path) -> pathlib.Path:
    """Let nothing be written there, until it is removed."""
    folder.write_text("a file where the folder should be")
    return folder


async def _unwritten(folder: pathlib.Path) -> SettingsControl:
    """Return settings of which one could not be written."""
    control = _control(folder)
    with pytest.raises(StorageError):
        await control.save({"grace": 7.0})
    return control


async def test_a_value_that_could_not_be_written_is_written_with_the_next(
    tmp_path: pathlib.Path,
) -> None:
    folder = _block(tmp_path / "gone")
    control = await _unwritten(folder)
    folder.unlink()

    await control.save({"stall_timeout": 9.0})

    assert _stored(folder) == {"grace": 7.0, "stall_timeout": 9.0}


async def test_a_value_that_could_not_be_written_is_written_at_the_end(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = _block(tmp_path / "gone")
    control = await _unwritten(folder)

    await control.close()
    assert "the settings that were changed are lost" in caplog.text

    folder.unlink()
    await control.close()

    assert _stored(folder) == {"grace": 7.0}


async def test_what_was_written_by_hand_since_is_left_alone(tmp_path: pathlib.Path) -> None:
    control = _control(tmp_path)
    await control.save({"grace": 7.0})
    settings_file.save(tmp_path / "settings.toml", {"grace": 3.0})

    await control.save({"stall_timeout": 9.0})

    assert _stored(tmp_path) == {"grace": 3.0, "stall_timeout": 9.0}


async def test_a_value_that_is_not_allowed_changes_nothing(tmp_path: pathlib.Path) -> None:
    control = _control(tmp_path)

    with pytest.raises(SettingsError):
        await control.save({"grace": -1.0})

    assert control.current == Settings()
    assert not (tmp_path / "settings.toml").exists()


async def test_what_was_given_for_this_run_only_is_not_written(tmp_path: pathlib.Path) -> None:
    settings = Settings(port=9000)
    control = SettingsControl(settings, tmp_path / "settings.toml", lambda _: None)

    await control.save({"grace": 7.0})

    assert _stored(tmp_path) == {"grace": 7.0}


async def test_which_settings_were_changed_is_noted_and_never_to_what(
    tmp_path: pathlib.Path,
) -> None:
    notes = Notes()
    control = SettingsControl(Settings(), tmp_path / "settings.toml", lambda _: None, notes)
    grace = control.current.grace

    await control.save({"grace": grace + 1, "gluetun_api_key": "secret", "stall_timeout": 6.0})
    await control.save({"grace": grace + 1})

    ((kind, _, _, data),) = notes.all
    assert kind is EventKind.SETTINGS_CHANGED
    assert data == {"names": "grace, gluetun_api_key"}


# Where can be listened


async def test_where_it_listens_already_is_no_problem(tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as own:
        port = own.getsockname()[1]
        control = SettingsControl(Settings(port=port), tmp_path / "x", lambda _: None)

        assert await control.listening_problem("127.0.0.1", port) is None


async def test_a_port_that_others_hold_and_an_address_of_others_are_told(
    tmp_path: pathlib.Path,
) -> None:
    control = _control(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = await control.listening_problem("127.0.0.1", other.getsockname()[1])
    foreign = await control.listening_problem("192.0.2.1", 8080)

    assert isinstance(taken, PortInUse)
    assert isinstance(foreign, CannotListen)
    assert foreign.problem is ListenProblem.NO_ADDRESS
    assert await control.listening_problem("127.0.0.1", 0) is None


async def test_what_cannot_be_prepared_is_neither_kept_nor_applied(tmp_path: pathlib.Path) -> None:
    applied: list[Settings] = []

    async def prepare(before: Settings, after: Settings) -> None:
        if before.port != after.port:
            raise PortInUse(after.host, after.port)

    control = SettingsControl(
        Settings(), tmp_path / "settings.toml", applied.append, prepare=prepare
    )

    with pytest.raises(PortInUse):
        await control.save({"port": 9191, "grace": 7.0})
    assert (control.current, applied, _stored(tmp_path)) == (Settings(), [], {})

    await control.save({"grace": 7.0})
    assert [one.grace for one in applied] == [7.0]
