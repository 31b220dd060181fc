"""How this computer does: processor, memory and disk, read in a thread every few seconds."""

import asyncio
import logging
import pathlib
from collections import deque
from typing import Final

import psutil

from acedesk import tasks
from acedesk.model.diagnosis import MachineFacts

logger = logging.getLogger(__name__)

# Each reading takes about a millisecond; the processor's use is its mean since the last one.
INTERVAL: Final = 3.0
# Ten seconds together, so that the start of a program does not look like a busy processor.
READINGS: Final = 3


class MachineLoad:
    """Keeps `facts` fresh while `run` runs.

    Attributes:
        facts: The last readings together; all None before the first.

    Args:
        folder: A folder on the disk that matters.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.facts = MachineFacts()
        self._folder = folder
        self._cpu: deque[float] = deque(maxlen=READINGS)

    async def run(self) -> None:
        """Read again and again until cancelled."""
        await asyncio.to_thread(psutil.cpu_percent)  # its first value means nothing
        while True:
            await tasks.sleep(INTERVAL)
            await self.read()

    async def read(self) -> None:
        """Read once."""
        cpu, memory_free, disk_free = await asyncio.to_thread(_read, self._folder)
        if cpu is not None:
            self._cpu.append(cpu)
        full = len(self._cpu) == READINGS
        self.facts = MachineFacts(
            cpu=sum(self._cpu) / READINGS if full else None,
            memory_free=memory_free,
            disk_free=disk_free,
        )


def _read(folder: pathlib.Path) -> tuple[float | None, float | None, int | None]:
    cpu = memory_free = disk_free = None
    try:
        memory = psutil.virtual_memory()
        cpu, memory_free = psutil.cpu_percent(), 100 * memory.available / memory.total
    except (psutil.Error, OSError) as exc:
        logger.debug("the processor and memory cannot be read: %s", exc)
    try:
        disk_free = int(psutil.disk_usage(str(folder)).free)
    except OSError as exc:
        logger.debug("the disk of %s cannot be read: %s", folder, exc)
    return cpu, memory_free, disk_free
