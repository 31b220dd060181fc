"""This computer is read in a thread."""

import pathlib

from acedesk.model.diagnosis import MachineFacts
from acedesk.observe.machine_load import READINGS, MachineLoad


async def test_nothing_is_known_before_the_first_reading(tmp_path: pathlib.Path) -> None:
    assert MachineLoad(tmp_path).facts == MachineFacts()


async def test_readings_are_those_of_this_computer(tmp_path: pathlib.Path) -> None:
    probe = MachineLoad(tmp_path)

    await probe.read()

    assert probe.facts.memory_free is not None
    assert 0 < probe.facts.memory_free <= 100
    assert probe.facts.disk_free is not None
    assert probe.facts.disk_free > 0


async def test_the_processor_is_known_after_some_readings(tmp_path: pathlib.Path) -> None:
    probe = MachineLoad(tmp_path)

    seen = []
    for _ in range(READINGS):
        await probe.read()
        seen.append(probe.facts.cpu)

    assert seen[:-1] == [None] * (READINGS - 1)
    assert seen[-1] is not None
    assert 0 <= seen[-1] <= 100


async def test_a_folder_that_is_gone_leaves_the_rest(tmp_path: pathlib.Path) -> None:
    probe = MachineLoad(tmp_path / "gone")

    await probe.read()

    assert probe.facts.disk_free is None
    assert probe.facts.memory_free is not None
