"""`acedesk doctor`: look at this computer and say what to do."""

import asyncio
import json
import os
from collections.abc import Sequence

from acedesk.commands.arguments import Arguments
from acedesk.commands.start import Start, prepare
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.doctor.checks import CheckSubject, examine
from acedesk.doctor.finding import Finding, Level
from acedesk.players.find import find_players


def run(wanted: Arguments) -> int:
    """Print the findings; return 1 when something does not work."""
    findings = asyncio.run(_examine(prepare(wanted, os.environ, looking=True)))
    if wanted.json:
        facts = [
            {"name": one.name, "level": one.level.value, "text": one.text, "fix": one.fix}
            for one in findings
        ]
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        print("\n".join(format_findings(findings)))
    return 1 if any(one.level is Level.FAIL for one in findings) else 0


async def _examine(start: Start) -> tuple[Finding, ...]:
    runtime = DockerRuntime(lambda: start.settings)
    try:
        return await examine(
            CheckSubject(
                settings=start.settings,
                paths=start.paths,
                environ=os.environ,
                notes=start.notes,
                players=await find_players(start.settings.player_command),
                runtime=runtime,
            )
        )
    finally:
        await runtime.close()


_MARKS = {Level.PASS: "[ ok ]", Level.WARN: "[warn]", Level.FAIL: "[FAIL]"}


def format_findings(findings: Sequence[Finding]) -> list[str]:
    """Return the lines for people: mark, name, text, and below it what to do."""
    width = max(len(one.name) for one in findings)
    indent = " " * (len("[ ok ]") + 1 + width + 2)
    lines = []
    for one in findings:
        lines.append(f"{_MARKS[one.level]} {one.name.ljust(width)}  {one.text}")
        if one.fix:
            lines.append(f"{indent}{one.fix}")
    return lines
