"""The past of a desk: a part of `tests.gui.fake_desk`."""

import datetime
import math

from acedesk.model.engine import EngineId
from acedesk.model.history import DayCourse

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)


class FakeHistory:
    """Fulfils `HistoryDesk`.

    Attributes:
        day: What is known of every engine.
        asked: For which engines it was asked.
    """

    def __init__(self) -> None:
        self.asked: list[EngineId] = []
        hours = [None] * 96 + [1 + math.sin(n / 20) for n in range(192)]
        self.day = DayCourse(
            end_time=NOW,
            interval=300,
            values={
                "cpu": tuple(one and 0.2 * one for one in hours),
                "memory": tuple(one and 1.5e8 + 2e7 * one for one in hours),
                "streams": tuple(one and float(round(one)) for one in hours),
                "speed_down": tuple(one and 4e6 * one for one in hours),
            },
        )

    async def engine_day(self, engine_id: EngineId) -> DayCourse:
        self.asked.append(engine_id)
        return self.day
