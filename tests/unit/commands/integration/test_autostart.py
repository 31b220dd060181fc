"""`acedesk autostart`: what installers and scripts call."""

import os
import pathlib
import sys
from collections.abc import MutableMapping

import pytest

from acedesk.commands import arguments
from acedesk.commands.integration import autostart
from acedesk.commands.integration.autostart import sentence
from acedesk.model.computer.integration import Autostart, AutostartState
from tests.unit.commands.conftest import environ as environ


def _run(*words: str) -> int:
    return autostart.run(arguments.read(["autostart", *words]))


@pytest.mark.skipif(sys.platform == "win32", reason="it would be a key of whoever runs the tests")
def test_it_goes_on_and_off_and_tells(
    environ: MutableMapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    entry = pathlib.Path(environ["HOME"]) / ".config" / "autostart" / "acedesk.desktop"

    assert _run() == 0
    assert capsys.readouterr().out == "AceDesk does not start with the computer.\n"
    assert _run("on") == 0
    assert "--background" in capsys.readouterr().out
    assert entry.exists()
    assert _run() == 0
    assert capsys.readouterr().out.startswith("AceDesk starts with the computer: /")
    assert _run("off") == 0
    assert not entry.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="it would be a key of whoever runs the tests")
def test_the_chosen_folders_are_chosen_at_login_too(
    environ: MutableMapping[str, str], tmp_path: pathlib.Path
) -> None:
    environ["ACEDESK_CONFIG"] = str(tmp_path / "c.toml")

    _run("on", "--data-dir", str(tmp_path / "d"))

    entry = pathlib.Path(environ["HOME"]) / ".config" / "autostart" / "acedesk.desktop"
    assert f"--data-dir {tmp_path}/d --config {tmp_path}/c.toml --background" in entry.read_text()


def test_anything_else_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        _run("maybe")

    assert "invalid choice" in capsys.readouterr().err


def test_what_is_not_usual_is_told() -> None:
    command = ("/opt/a b/acedesk", "--background")

    assert "switched off in the settings" in sentence(Autostart(AutostartState.DISABLED, command))
    other = sentence(Autostart(AutostartState.ON, command))
    assert other.endswith("That is another AceDesk than this one.")
    assert "'/opt/a b/acedesk' --background" in other
    assert os.linesep not in other
