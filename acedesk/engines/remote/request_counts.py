"""How requests to an orchestrator went since the start, for whoever watches us."""

import bisect
from collections import Counter
from typing import Final

from acedesk.errors import OrchestratorTrouble, OrchestratorUnavailable
from acedesk.model.totals import RequestFigures

# Seconds: from memory it answers in milliseconds; one of the Python era asks Docker first.
BOUNDS: Final = (0.005, 0.02, 0.1, 0.5, 1.0, 5.0)
OK: Final = "ok"
# It answered with an error that is no trouble of its own: 404 and the like.
REFUSED_ONE: Final = "rejected"
OUTCOMES: Final = (OK, REFUSED_ONE, *(one.value for one in OrchestratorTrouble))

_FIRST_ERROR, _FIRST_SERVER_ERROR = 400, 500


class RequestCounts:
    """Counts requests by their outcome, and how long they took.

    Attributes:
        requests: All that were asked; failures, retries and second questions are part of it.
        failures: Those without a usable answer.
        retries: Those that were asked again after a failure.
        hedged: Those that were asked beside one that took long.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.failures = 0
        self.retries = 0
        self.hedged = 0
        self._outcomes: Counter[str] = Counter()
        self._seconds = 0.0
        self._buckets = [0] * (len(BOUNDS) + 1)

    def note_answer(self, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        if status >= _FIRST_SERVER_ERROR:
            outcome = OrchestratorTrouble.FAILING.value
        else:
            outcome = OK if status < _FIRST_ERROR else REFUSED_ONE
        self._note(outcome, seconds)

    def note_trouble(self, error: OrchestratorUnavailable, seconds: float) -> None:
        """Count one that was not answered, or not as an orchestrator answers."""
        self._note(error.trouble.value, seconds)

    def view(self) -> RequestFigures:
        """Return them as they are now."""
        return RequestFigures(
            outcomes={one: self._outcomes[one] for one in OUTCOMES},
            retries=self.retries,
            hedged=self.hedged,
            seconds=self._seconds,
            bounds=BOUNDS,
            buckets=tuple(self._buckets),
        )

    def _note(self, outcome: str, seconds: float) -> None:
        self._outcomes[outcome] += 1
        self._seconds += seconds
        self._buckets[bisect.bisect_left(BOUNDS, seconds)] += 1
