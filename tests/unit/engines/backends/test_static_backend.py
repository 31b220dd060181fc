"""Engines the user names by their addresses."""

from collections.abc import Mapping

import pytest

from acedesk.engines.backends.static_backend import StaticBackend
from acedesk.errors import BadRequest, NotFound
from acedesk.model.engine import BackendKind, EngineId
from acedesk.settings import Settings


async def _refuse(values: Mapping[str, object]) -> None:
    pytest.fail(f"saved {values}")


async def test_every_address_is_one_engine_in_the_order_given() -> None:
    settings = Settings(engines=("nas:6878", "[::1]:6879", "nas:6878"))
    backend = StaticBackend(lambda: settings, _refuse)

    specs = await backend.adopt()

    assert backend.kind is BackendKind.STATIC
    assert [(spec.id, spec.name, spec.host, spec.port) for spec in specs] == [
        ("static-nas:6878", "nas:6878", "nas", 6878),
        ("static-[::1]:6879", "[::1]:6879", "::1", 6879),
    ]


async def test_engines_of_others_are_left_alone() -> None:
    backend, engine_id = StaticBackend(Settings, _refuse), EngineId("static-nas:6878")

    await backend.remove(engine_id)
    with pytest.raises(BadRequest):
        await backend.restart(engine_id)
    with pytest.raises(BadRequest):
        await backend.provision("engine-1", lambda _: None)
    with pytest.raises(NotFound):
        await backend.log(engine_id, 10)
    await backend.close()


async def test_a_removed_engine_leaves_the_settings_however_it_is_written_there() -> None:
    saved: list[Mapping[str, object]] = []

    async def save(values: Mapping[str, object]) -> None:
        saved.append(values)

    settings = Settings(engines=("nas:6878", "[::1]:6879", "nas:6878"))

    await StaticBackend(lambda: settings, save).remove(EngineId("static-nas:6878"))

    assert saved == [{"engines": ("[::1]:6879",)}]
