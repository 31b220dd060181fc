"""AceDesk as an engine, in front of one fake engine."""

import pathlib
from collections.abc import AsyncIterator

import pytest

from tests.fakes.as_engine_front import AsEngineFront, as_engine_front


@pytest.fixture
async def front(tmp_path: pathlib.Path) -> AsyncIterator[AsEngineFront]:
    """Return a front with one engine."""
    async with as_engine_front(tmp_path) as made:
        yield made
