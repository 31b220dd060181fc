"""Who only plays has no API in memory; it is there for the first who asks."""

import asyncio
import pathlib

from aiohttp import web

from acedesk import tasks
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


async def test_what_it_keeps_fresh_runs_from_the_first_request_on(tmp_path: pathlib.Path) -> None:
    made, runs = _api(tmp_path), asyncio.Event()

    async def keep() -> None:
        runs.set()

    task = tasks.spawn(made.run(), name="rows")
    await tasks.sleep(0)
    made._services.append(keep)
    assert not runs.is_set()

    await asyncio.to_thread(made.routes)

    async with asyncio.timeout(5):
        await runs.wait()
    await tasks.cancel(task)
    await made.close()
