"""From what was read to what an import would do: programs are found, their variables judged."""

import dataclasses
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
    judge = ServiceJudge(
        foreign,
        current,
        has_proxy=any(ACEXY in found for _, found in programs),
        has_orchestrator=any(_is_orchestrator(service) for service, _ in programs),
    )
    findings: list[Finding] = []
    for service, tables in programs:
        if tables:
            findings.extend(judge.judge(service, tables))
    notes = list(foreign.notes[:MOST_NOTES])
    if left := [service.name for service, tables in programs if service.name and not tables]:
        notes.append(f"Not looked at, because they are other programs: {', '.join(left)}.")
    if not findings:
        notes.append("Nothing of acexy or acestream-orchestrator was found.")
    found = ImportPlan(kind=foreign.kind, source=source, findings=tuple(findings))
    after = current.changed(found.values)
    if after.min_engines > after.max_engines:
        notes.append(
            f"“Engines at least” is {after.min_engines}, but no more than {after.max_engines} are "
            "made (“Engines at most”)."
        )
    return dataclasses.replace(found, notes=tuple(notes))


def _tables(kind: SourceKind, service: Service) -> tuple[Mapping[str, Counterpart], ...]:
    """Return the tables of the programs that a service is; none for other programs."""
    if kind is SourceKind.ENV_FILE:
        return (ACEXY, ORCHESTRATOR) if service.variables else ()
    image = service.image.rpartition("/")[2]
    names = {one.name for one in service.variables}
    found: list[Mapping[str, Counterpart]] = []
    if "acexy" in image or any(
        name.startswith(_ACEXY_PREFIX) and name not in ORCHESTRATOR for name in names
    ):
        found.append(ACEXY)
    if _is_orchestrator(service):
        found.append(ORCHESTRATOR)
    return tuple(found)


def _is_orchestrator(service: Service) -> bool:
    names = {one.name for one in service.variables}
    return "orchestrator" in service.image.rpartition("/")[2] or bool(names & ONLY_ORCHESTRATOR)
