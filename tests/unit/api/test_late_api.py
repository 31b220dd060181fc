"""Who only plays has no API in memory; it is there for the first who asks."""

import pathlib

from aiohttp import web

from acedesk.api.late_api import LateApi
from acedesk.compose import RunOptions, build
from acedesk.settings import Settings


def _api(folder: pathlib.Path) -> LateApi:
    options = RunOptions(demo=True, data_dir=folder, config_file=folder / "settings.toml")
    return build(Settings(), options=options).api


async def test_it_is_made_with_all_its_routes(tmp_path: pathlib.Path) -> None:
    made = _api(tmp_path)

    paths = {route.path for route in made.routes() if isinstance(route, web.RouteDef)}

    assert {"/api/v2/snapshot", "/engines", "/api/v1/streams", "/metrics", "/docs"} <= paths
    await made.close()


async def test_what_was_never_made_is_closed_at_once(tmp_path: pathlib.Path) -> None:
    await _api(tmp_path).close()
