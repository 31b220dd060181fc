"""What an import would do, on a terminal and for programs."""

import dataclasses

from acedesk.commands.import_settings.table import as_json, format_plan, summary
from acedesk.model.settings_import.plan import Finding, ImportPlan, Outcome
from acedesk.model.settings_import.source import SourceKind

PORT = Finding(
    service="acexy",
    name="ports",
    text="8081:8080",
    outcome=Outcome.TAKEN,
    values={"port": 8081},
    before={"port": 8080},
)
SAME = dataclasses.replace(PORT, name="ACEXY_X", before={"port": 8081})
KEY = Finding(
    service="",
    name="API_KEY",
    text="never shown",
    outcome=Outcome.NOT_APPLICABLE,
    values={"port": 9999},
    before={"port": 9999},
    reason="Not\x1b copied.",
    secret=True,
)
PLAN = ImportPlan(kind=SourceKind.COMPOSE, source="x", findings=(PORT, SAME, KEY), notes=("Note.",))


def test_each_variable_has_a_line_and_its_reason_below() -> None:
    assert format_plan(PLAN)[1:] == [
        "acexy: ports    8081:8080  changed         port: 8080 → 8081",
        "acexy: ACEXY_X  8081:8080  as it is        port = 8081",
        "API_KEY         (hidden)   not applicable  port",
        "    Not  copied.",
        "",
        "Note.",
        "1 setting would change, 1 as they are already, 1 not applicable.",
    ]


def test_nothing_found_is_one_line() -> None:
    plan = ImportPlan(kind=SourceKind.ENV_FILE, source="x", findings=(), notes=("Nothing.",))

    assert format_plan(plan) == ["Nothing."]


def test_long_values_are_cut() -> None:
    plan = dataclasses.replace(PLAN, findings=(dataclasses.replace(PORT, text="y" * 200),))

    assert max(map(len, format_plan(plan))) < 120
    assert summary(plan) == "1 setting would change."


def test_json_tells_everything_but_secrets() -> None:
    told = as_json(PLAN, written=True)

    assert (told["kind"], told["source"], told["written"]) == ("compose", "x", True)
    assert told["variables"][0] == {
        "service": "acexy",
        "variable": "ports",
        "value": "8081:8080",
        "outcome": "taken",
        "changed": True,
        "settings": {"port": 8081},
        "before": {"port": 8080},
        "reason": "",
    }
    assert "never shown" not in str(told)
    assert "9999" not in str(told)
