"""Looking at settings of others, and taking them."""

import pathlib
from collections.abc import Mapping

import pytest

from acedesk.application.settings_import import SettingsImport, plan_import
from acedesk.errors import BadRequest
from acedesk.settings import Settings
from acedesk.store.settings_import.backup import backup_path


class Saved:
    def __init__(self) -> None:
        self.values: list[dict[str, object]] = []

    async def save(self, values: Mapping[str, object]) -> tuple[str, ...]:
        self.values.append(dict(values))
        return ("port",)


async def test_looking_changes_nothing_and_taking_keeps_a_copy(tmp_path: pathlib.Path) -> None:
    settings_file = tmp_path / "settings.toml"
    settings_file.write_text("port = 1\n")
    (tmp_path / "x.env").write_text("MIN_REPLICAS=2\n")
    saved = Saved()
    imports = SettingsImport(Settings, saved.save, settings_file)

    plan = await imports.look(tmp_path / "x.env")
    assert (plan.values, saved.values, backup_path(settings_file).exists()) == (
        {"min_engines": 2},
        [],
        False,
    )

    assert await imports.take(plan) == ("port",)
    assert saved.values == [{"min_engines": 2}]
    assert backup_path(settings_file).read_text() == "port = 1\n"


async def test_a_file_that_is_none_is_told(tmp_path: pathlib.Path) -> None:
    imports = SettingsImport(Settings, Saved().save, tmp_path / "settings.toml")

    with pytest.raises(BadRequest, match="it is a folder"):
        await imports.look(tmp_path)


def test_without_a_file_it_is_the_environment() -> None:
    found = plan_import(None, Settings(), {"MIN_REPLICAS": "3"})

    assert (found.source, found.values) == ("the environment", {"min_engines": 3})
