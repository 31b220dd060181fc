"""`acedesk --self-test` as people and builds run it: whole, and with parts missing."""

import json
import os
import pathlib
import shutil

import pytest

from tests.e2e.program import TOP, run


def test_this_acedesk_is_whole(tmp_path: pathlib.Path) -> None:
    done = run("--self-test", "--json", home=tmp_path / "home")

    told = json.loads(done.stdout)
    assert told["failed"] == []
    assert done.returncode == 0
    assert {"Modules", "Stream", "HLS", "Icon font", "Pages"} <= {c["name"] for c in told["checks"]}
    assert [path.name for path in (tmp_path / "home").iterdir() if path.name == ".local"] == []


@pytest.fixture
def damaged(tmp_path: pathlib.Path) -> pathlib.Path:
    """Give a copy of the program with several parts missing."""
    copy = tmp_path / "program"
    left_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TOP / "acedesk", copy / "acedesk", ignore=left_out)
    shutil.copytree(TOP / "resources", copy / "resources")
    (copy / "acedesk" / "commands" / "url.py").unlink()
    (copy / "resources" / "testcard" / "second.ts").unlink()
    (copy / "resources" / "icons" / "acedesk-64.png").unlink()
    return copy


def test_what_is_missing_is_listed(damaged: pathlib.Path, tmp_path: pathlib.Path) -> None:
    done = run("--self-test", home=tmp_path / "home", environ={"PYTHONPATH": str(damaged)})

    assert done.returncode == 1
    assert "acedesk.commands:url is missing" in done.stdout
    assert "second.ts cannot be read" in done.stdout
    assert "acedesk in 64" in done.stdout
    failed = done.stdout.splitlines()[-1]
    assert "failed: Modules, Test cards" in failed
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_written_is_no_matter(tmp_path: pathlib.Path) -> None:
    done = run(
        "--self-test",
        home=tmp_path / "elsewhere",
        environ={"HOME": "/proc", "XDG_RUNTIME_DIR": "/proc", "PATH": os.environ["PATH"]},
    )

    assert done.returncode == 0, done.stdout
