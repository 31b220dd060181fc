"""All routes together: each is described, and none hides another."""

import pathlib
from collections import Counter

from acedesk.api.routes import Api
from acedesk.compose import RunOptions, build
from acedesk.settings import Settings


def api(folder: pathlib.Path) -> Api:
    options = RunOptions(demo=True, data_dir=folder, config_file=folder / "settings.toml")
    return Api(build(Settings(), options=options).api.parts)


def test_no_route_is_there_twice_and_each_says_what_it_does(tmp_path: pathlib.Path) -> None:
    endpoints = api(tmp_path).endpoints
    paths = Counter((one.method, prefix + one.path) for one in endpoints for prefix in one.prefixes)

    assert [path for path, number in paths.items() if number > 1] == []
    assert [one.path for one in endpoints if not one.about] == []


def test_fixed_paths_stand_before_those_with_parts(tmp_path: pathlib.Path) -> None:
    paths = [one.path for one in api(tmp_path).endpoints if one.method == "GET"]

    assert paths.index("/engines/stats/all") < paths.index("/engines/{id}/stats")
