"""`acedesk compose-file`: the engine of the settings, or of a template."""

import pathlib

import pytest

from acedesk.commands.arguments import Arguments
from acedesk.commands.engines import compose_file
from acedesk.errors import NotFound


def _arguments(folder: pathlib.Path, template: str = "") -> Arguments:
    (folder / "settings.toml").write_text(
        'engine_image = "a/b:1"\nengine_templates = ["Small: image=c/d memory=512"]\n'
    )
    return Arguments(command="compose-file", data_dir=folder, template=template)


def test_the_file_starts_the_engine_of_the_settings(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compose_file.run(_arguments(tmp_path)) == 0

    assert 'image: "a/b:1"' in capsys.readouterr().out


def test_a_template_is_used_instead_when_it_is_named(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compose_file.run(_arguments(tmp_path, "Small"))

    printed = capsys.readouterr().out
    assert 'image: "c/d"' in printed
    assert "mem_limit: 536870912" in printed


def test_warnings_stay_out_of_the_file(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = _arguments(tmp_path)
    (tmp_path / "settings.toml").write_text('engine_arguments = "--live-bufer 3"')

    compose_file.run(arguments)

    said = capsys.readouterr()
    assert "--live-bufer" in said.err
    assert "meant" not in said.out


def test_a_template_that_is_not_there_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NotFound, match="Big"):
        compose_file.run(_arguments(tmp_path, "Big"))
