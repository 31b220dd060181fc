"""Programs that stand in for ssh, at the only place where programs are found."""

import pathlib
import sys
from collections.abc import Callable

import pytest

Install = Callable[[str], None]


@pytest.fixture
def install_ssh(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Take a program of Python for ssh; it finds what is here already imported."""
    if sys.platform == "win32":
        pytest.skip("programs that can be found by their name alone are no texts there")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def install(source: str) -> None:
        program = folder / "ssh"
        program.write_text(f"#!{sys.executable} -S\nimport os, sys\n{source}\n")
        program.chmod(0o755)

    return install
