"""Counts of requests to an orchestrator."""

import pytest

from acedesk.engines.remote.request_counts import BOUNDS, OUTCOMES, RequestCounts
from acedesk.errors import OrchestratorTrouble, OrchestratorUnavailable


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "ok"), (204, "ok"), (404, "rejected"), (422, "rejected"), (503, "failing")],
)
def test_an_answer_is_counted_by_what_it_means(status: int, outcome: str) -> None:
    counts = RequestCounts()

    counts.note_answer(status, 0.01)

    found = counts.view().outcomes
    assert {name for name, count in found.items() if count} == {outcome}
    assert set(found) == set(OUTCOMES)  # all are there, so that rates begin at 0


def test_what_is_no_answer_is_counted_by_its_trouble() -> None:
    counts = RequestCounts()

    counts.note_trouble(OrchestratorUnavailable(OrchestratorTrouble.SILENT), 5.0)

    assert counts.view().outcomes["silent"] == 1


def test_each_is_counted_where_it_belongs_by_what_it_took() -> None:
    counts = RequestCounts()

    for seconds in (BOUNDS[0], BOUNDS[0] + 0.001, 60.0):
        counts.note_answer(200, seconds)

    buckets = counts.view().buckets
    assert (buckets[0], buckets[1], buckets[-1], sum(buckets)) == (1, 1, 1, 3)
    assert counts.view().seconds == pytest.approx(60.0 + 2 * BOUNDS[0] + 0.001)
