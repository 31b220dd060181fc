"""From what was read to what an import would do: programs are found, their variables judged."""

from collections.abc import Mapping
from typing import Final

from acedesk.model.settings_import.plan import Finding, ImportPlan
from acedesk.model.settings_import.source import ForeignSettings, Service, SourceKind
from acedesk.rules.settings_import.counterparts import Counterpart
from acedesk.rules.settings_import.judging import ServiceJudge
from acedesk.rules.settings_import.table import ACEXY, ONLY_ORCHESTRATOR, ORCHESTRATOR
from acedesk.settings import Settings

MOST_NOTES: Final = 20

_ACEXY_PREFIX: Final = "ACEXY_"


def plan(foreign: ForeignSettings, current: Settings, source: str) -> ImportPlan:
    """Return what importing would do.

    Args:
        current: The settings that hold now.
        source: The file's name, or what else was read.
    """
    programs = [(one, _tables(foreign.kind, one)) for one in foreign.services]
    judge = ServiceJudge(foreign, current, has_proxy=any(ACEXY in found for _, found in programs))
    findings: list[Finding] = []
    for service, tables in programs:
        if tables:
            findings.extend(judge.judge(service, tables))
    notes = list(foreign.notes[:MOST_NOTES])
    if left := [service.name for service, tables in programs if service.name and not tables]:
        notes.append(f"Not looked at, because they are other programs: {', '.join(left)}.")
    if not findings:
        notes.append("Nothing of acexy or acestream-orchestrator was found.")
    return ImportPlan(
        kind=foreign.kind, source=source, findings=tuple(findings), notes=tuple(notes)
    )


def _tables(kind: SourceKind, service: Service) -> tuple[Mapping[str, Counterpart], ...]:
    """Return the tables of the programs that a service is; none for other programs."""
    if kind is SourceKind.ENV_FILE:
        return (ACEXY, ORCHESTRATOR) if service.variables else ()
    image = service.image.rpartition("/")[2]
    names = {one.name for one in service.variables}
    found = []
    if "acexy" in image or any(
        name.startswith(_ACEXY_PREFIX) and name not in ORCHESTRATOR for name in names
    ):
        found.append(ACEXY)
    if "orchestrator" in image or names & ONLY_ORCHESTRATOR:
        found.append(ORCHESTRATOR)
    return tuple(found)
