"""What is joined to what."""

import pathlib

import pytest

from acedesk.compose import App, RunOptions, build
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.settings import Settings


@pytest.fixture
def app(tmp_path: pathlib.Path) -> App:
    options = RunOptions(demo=False, data_dir=tmp_path, config_file=tmp_path / "settings.toml")
    return build(Settings(), options=options)


async def test_what_the_pool_learns_of_an_engine_is_told_to_the_windows_at_once(app: App) -> None:
    spec = EngineSpec(
        id=EngineId("e"), name="engine-1", backend=BackendKind.STATIC, host="127.0.0.1", port=1
    )
    app._pool.add(spec)
    seen: list[EngineHealth] = []
    app.changed.connect(lambda: seen.append(app.snapshot().engines[0].health))

    app._pool.set_health(spec.id, EngineHealth.READY)

    assert seen == [EngineHealth.READY]


async def test_the_end_is_told_once_however_often_it_is_stopped(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="acedesk")

    await app.stop()
    await app.stop()

    assert [record.message for record in caplog.records].count("AceDesk has stopped") == 1
