"""Each state of Docker is a warning with what to do."""

import asyncio
from typing import cast

import pytest

from acedesk.containers.runtime import ContainerRuntime
from acedesk.doctor.docker import check_docker
from acedesk.doctor.finding import Level
from acedesk.errors import RuntimeState, RuntimeUnavailable


class _Docker:
    def __init__(self, answer: str | RuntimeState | None) -> None:
        self._answer = answer

    async def version(self) -> str:
        if self._answer is None:
            await asyncio.Event().wait()
        if isinstance(self._answer, RuntimeState):
            raise RuntimeUnavailable(self._answer)
        return str(self._answer)


def runtime(answer: str | RuntimeState | None) -> ContainerRuntime:
    return cast("ContainerRuntime", _Docker(answer))


async def test_a_docker_that_answers_is_well() -> None:
    finding = await check_docker(runtime("27.3.1"), timeout=5)

    assert finding.level is Level.PASS
    assert "27.3.1" in finding.text


@pytest.mark.parametrize(
    "state",
    [state for state in RuntimeState if state is not RuntimeState.READY],
)
async def test_every_other_state_says_what_to_do(state: RuntimeState) -> None:
    finding = await check_docker(runtime(state), timeout=5)

    assert finding.level is Level.WARN
    assert finding.fix


async def test_a_docker_that_hangs_is_not_waited_for() -> None:
    finding = await check_docker(runtime(None), timeout=0.01)

    assert finding.level is Level.WARN
    assert "did not answer" in finding.text
