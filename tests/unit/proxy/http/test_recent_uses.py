"""Who asked for what of late."""

import datetime

from acedesk.model.access.use import Contract
from acedesk.proxy.http.recent_uses import MOST_USES, RecentUses

NOON = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)
LATER = NOON + datetime.timedelta(seconds=9)


def test_each_program_device_and_contract_is_one_row() -> None:
    recent = RecentUses()
    recent.note("Kodi", "10.0.0.1", Contract.STREAMS, NOON)
    recent.note("Kodi", "10.0.0.1", Contract.HLS, NOON)
    recent.note("Kodi", "10.0.0.2", Contract.HLS, NOON, device="TV")
    recent.note("Kodi", "10.0.0.1", Contract.STREAMS, LATER)

    found = [(one.address, one.contract, one.count, one.time) for one in recent.uses]

    assert found == [
        ("10.0.0.1", Contract.STREAMS, 2, LATER),
        ("10.0.0.2", Contract.HLS, 1, NOON),
        ("10.0.0.1", Contract.HLS, 1, NOON),
    ]


def test_a_token_is_told_of_its_own_requests_only() -> None:
    recent = RecentUses()
    for device in ("", "Old", "TV", "", "TV", ""):
        recent.note("curl", "10.0.0.1", Contract.STREAMS, NOON, device=device)

    assert [(one.device, one.count) for one in recent.uses] == [("", 3), ("TV", 2), ("Old", 1)]


def test_invented_names_push_out_the_oldest_only() -> None:
    recent = RecentUses()
    for number in range(MOST_USES + 50):
        recent.note(f"program {number}", "10.0.0.1", Contract.STREAMS, NOON)

    names = [one.program for one in recent.uses]

    assert len(names) == MOST_USES
    assert (names[0], names[-1]) == (f"program {MOST_USES + 49}", "program 50")
