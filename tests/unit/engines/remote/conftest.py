"""A fake orchestrator for each test, and who asks it."""

from collections.abc import AsyncIterator

import pytest

from acedesk.engines.remote.client import OrchestratorClient
from acedesk.engines.remote.requests import OrchestratorRequests
from tests.fakes.orchestrator import FakeOrchestrator


@pytest.fixture
async def orchestrator() -> AsyncIterator[FakeOrchestrator]:
    made = FakeOrchestrator()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def requests(orchestrator: FakeOrchestrator) -> AsyncIterator[OrchestratorRequests]:
    made = OrchestratorRequests(orchestrator.url, "", draw=lambda: 0.0)
    yield made
    await made.close()


@pytest.fixture
def client(requests: OrchestratorRequests) -> OrchestratorClient:
    return OrchestratorClient(requests)
