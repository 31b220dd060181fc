"""Findings and what they add up to."""

from acedesk.model.settings_import.plan import Finding, ImportPlan, Outcome
from acedesk.model.settings_import.source import SourceKind


def finding(outcome: Outcome, value: object = None, before: object = None) -> Finding:
    values = {} if value is None else {"port": value}
    return Finding(
        service="", name="X", text="", outcome=outcome, values=values, before={"port": before}
    )


def test_only_what_differs_is_saved() -> None:
    same, other = finding(Outcome.TAKEN, 1, 1), finding(Outcome.TAKEN, 2, 1)
    plan = ImportPlan(
        kind=SourceKind.ENV_FILE,
        source="x",
        findings=(same, other, finding(Outcome.REFUSED), finding(Outcome.UNKNOWN)),
    )

    assert plan.values == {"port": 2}
    assert (plan.count(Outcome.TAKEN), plan.changing, plan.count(Outcome.REFUSED)) == (2, 1, 1)
    assert (same.changes, other.changes) == (False, True)
