"""Where AceDesk keeps things: the data folder, the settings file, the program's own resources."""

import pathlib

from acedesk.values import frozen_value

NAME = "acedesk"
SETTINGS_NAME = "settings.toml"


@frozen_value
class Paths:
    """The files of one AceDesk.

    Attributes:
        data_dir: Everything it writes by itself; one AceDesk at a time works in it.
        config_file: The settings, in TOML.
    """

    data_dir: pathlib.Path
    config_file: pathlib.Path


def find_paths(
    data_dir: pathlib.Path | None = None, config_file: pathlib.Path | None = None
) -> Paths:
    """Return the places to use; None means the platform's own.

    A data folder chosen by hand holds the settings too, unless they have a place of their own:
    two AceDesks that are kept apart on purpose must not write one settings file.
    """
    if config_file is None:
        config_file = (data_dir or _own_places()[1]) / SETTINGS_NAME
    return Paths(
        data_dir=_absolute(data_dir or _own_places()[0]), config_file=_absolute(config_file)
    )


def _own_places() -> tuple[pathlib.Path, pathlib.Path]:
    """Return the platform's own folders for data and settings."""
    import platformdirs  # not needed where both were chosen

    data = platformdirs.user_data_path(NAME, appauthor=False)
    return data, platformdirs.user_config_path(NAME, appauthor=False)


def resources_dir() -> pathlib.Path:
    """Return the folder of icons, help and the test card: in the wheel, else in the source."""
    package = pathlib.Path(__file__).resolve().parent.parent
    packed = package / "_resources"
    return packed if packed.is_dir() else package.parent / "resources"


def _absolute(path: pathlib.Path) -> pathlib.Path:
    return pathlib.Path(path.expanduser().absolute())
