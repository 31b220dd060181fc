"""What the tests of playing share: a link of the sample snapshot, choices made, what was opened."""

from tests.gui.fake_desk import FakeDesk
from tests.gui.waiting import let_run

# The first stream of the sample snapshot.
ID = "5" * 36 + "a9e1"
URL = f"http://192.168.1.20:8080/ace/getstream?id={ID}"


async def choose(desk: FakeDesk, **values: object) -> None:
    """Save settings as if a person had chosen them before."""
    await desk.settings.save(values)
    await let_run()
    desk.calls.clear()


def opened(desk: FakeDesk) -> list[tuple[str, str]]:
    """Return which players were opened with which URL."""
    return [(call[1].id, call[2]) for call in desk.calls if call[0] == "open_player"]
