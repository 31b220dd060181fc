"""The README's table of settings is that of the program."""

import re

from tests.readme_table import README, with_table


def test_the_table_of_settings_is_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")

    assert text == with_table(text), "run: .venv/bin/python -m tests.readme_table"


def test_every_file_the_readme_refers_to_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)

    missing = [name for name in targets if not (README.parent / name).exists()]

    assert missing == []
