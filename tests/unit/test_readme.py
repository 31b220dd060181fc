"""The READMEs say what is so: settings, files, paths and names."""

import re
import subprocess

import pytest

from tests.needs import need_program
from tests.readme_table import README, with_table


def test_the_table_of_settings_is_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")

    assert text == with_table(text), "run: .venv/bin/python -m tests.readme_table"


def test_every_file_the_readme_refers_to_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)

    missing = [name for name in targets if not (README.parent / name).exists()]

    assert missing == []


TOP = README.parent
# Paths in backticks or in a drawing: a module, or a folder with its slash.
PATHS = re.compile(r"(?<![\w./:*-])((?:[\w-]+/)*(?:[\w-]+\.(?:py|md)|[\w-]+/))(?![\w*])")
NAMES = re.compile(r"`([a-z_]*_[a-z_]+|[A-Z][a-z]+[A-Z]\w+)`")


def kept() -> set[str]:
    """Return every file and folder of the repository, by its path from the top."""
    listed = subprocess.run(
        [
            need_program("git"),
            "-C",
            str(TOP),
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        capture_output=True,
        check=True,
        timeout=30,
    )
    files = listed.stdout.decode().splitlines()
    folders = {name[: end + 1] for name in files for end, c in enumerate(name) if c == "/"}
    return {name for name in files if (TOP / name).exists()} | folders


@pytest.mark.parametrize("place", ["acedesk", "tests"])
def test_every_path_of_the_map_is_there(place: str) -> None:
    text = (TOP / place / "README.md").read_text(encoding="utf-8")
    code = "".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    there = kept()

    missing = [
        path for path in PATHS.findall(code) if path not in there and f"{place}/{path}" not in there
    ]

    assert missing == []


@pytest.mark.parametrize("place", ["bench", "soak"])
def test_every_script_that_is_run_by_hand_is_named(place: str) -> None:
    folder = TOP / "tests" / place
    text = (folder / "README.md").read_text(encoding="utf-8")

    missing = [one.name for one in folder.glob("*.py") if not re.search(rf"\b{one.stem}\b", text)]

    assert missing == []


def test_every_name_in_the_map_is_in_the_program() -> None:
    text = (TOP / "acedesk" / "README.md").read_text(encoding="utf-8")
    program = "".join(path.read_text("utf-8") for path in (TOP / "acedesk").rglob("*.py"))

    missing = [name for name in NAMES.findall(text) if not re.search(rf"\b{name}\b", program)]

    assert missing == []
