"""Which files of `resources/` are in every package, as pyproject.toml has it for the wheel.

The one list of them: a file that the program reads and that stands there is in each package.
"""

import pathlib
import tomllib

TOP = pathlib.Path(__file__).resolve().parents[1]


def listed() -> dict[str, str]:
    """Return which files and folders of the sources go where in a package."""
    with (TOP / "pyproject.toml").open("rb") as file:
        wheel = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]
    return dict(wheel["force-include"])


def files() -> dict[str, pathlib.Path]:
    """Return every file by its place in a package, in a stable order.

    Raises:
        FileNotFoundError: The list names what is not there.
    """
    found = {}
    for source, target in sorted(listed().items()):
        path = TOP / source
        if path.is_file():
            found[target] = path
            continue
        inside = sorted(one for one in path.rglob("*") if one.is_file())
        if not inside:
            raise FileNotFoundError(f"{source}, which pyproject.toml lists, is not there or empty")
        found.update({f"{target}/{one.relative_to(path).as_posix()}": one for one in inside})
    return found
