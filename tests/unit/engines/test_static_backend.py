"""Engines the user names by their addresses."""

import pytest

from acedesk.engines.static_backend import StaticBackend
from acedesk.errors import BadRequest, NotFound
from acedesk.model.engine import BackendKind, EngineId
from acedesk.settings import Settings


async def test_every_address_is_one_engine_in_the_order_given() -> None:
    settings = Settings(engines=("nas:6878", "[::1]:6879", "nas:6878"))
    backend = StaticBackend(lambda: settings)

    specs = await backend.adopt()

    assert backend.kind is BackendKind.STATIC
    assert [(spec.id, spec.name, spec.host, spec.port) for spec in specs] == [
        ("static-nas:6878", "nas:6878", "nas", 6878),
        ("static-[::1]:6879", "[::1]:6879", "::1", 6879),
    ]


async def test_engines_of_others_are_left_alone() -> None:
    backend, engine_id = StaticBackend(Settings), EngineId("static-nas:6878")

    await backend.remove(engine_id)
    with pytest.raises(BadRequest):
        await backend.restart(engine_id)
    with pytest.raises(BadRequest):
        await backend.provision("engine-1", lambda _: None)
    with pytest.raises(NotFound):
        await backend.log(engine_id, 10)
    await backend.close()
