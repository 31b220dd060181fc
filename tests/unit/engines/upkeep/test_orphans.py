"""Engines of other AceDesks: what is refused; what is done is tested with the manager."""

import pathlib

import pytest

from acedesk.containers.runtime import INSTANCE_LABEL, NAME_LABEL, PORT_LABEL, ROLE_LABEL
from acedesk.engines.adoption import Adoption
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.engines.pool import EnginePool
from acedesk.engines.upkeep.orphans import Orphans
from acedesk.errors import BadRequest, NotFound
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime


async def test_an_orphan_is_listed_refused_and_then_taken_over(tmp_path: pathlib.Path) -> None:
    runtime, pool, instance = FakeRuntime(), EnginePool(Settings), InstanceFile(tmp_path)
    instance.open()
    docker = DockerBackend(runtime, Settings, instance)
    adoption = Adoption(pool, {docker.id: docker}, lambda: ())
    orphans = Orphans(adoption, {docker.id: docker})
    labels = {ROLE_LABEL: "engine", NAME_LABEL: "engine-1", PORT_LABEL: "6878"}
    made = runtime.put("01", {**labels, INSTANCE_LABEL: "another"})
    await adoption.start()

    assert [one.container_id for one in orphans.views()] == [made.id]
    with pytest.raises(NotFound):
        await orphans.remove("unknown")
    with pytest.raises(BadRequest):
        await orphans.take_over(made.id)
    await orphans.take_over(made.id, confirmed=True)

    assert orphans.views() == ()
    assert [view.id for view in pool.views()] == [made.id]
