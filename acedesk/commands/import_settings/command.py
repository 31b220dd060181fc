"""`acedesk import-settings`: look at settings of other programs, ask, and save what fits."""

import json
import os
import sys

from acedesk.application.settings_import import plan_import
from acedesk.commands.arguments import Arguments
from acedesk.commands.import_settings.table import as_json, format_plan
from acedesk.commands.start import Start, prepare
from acedesk.model.settings_import.plan import ImportPlan, Outcome
from acedesk.model.settings_import.source import SourceKind
from acedesk.store import settings_file
from acedesk.store.lock import find_running
from acedesk.store.settings_import import backup
from acedesk.words import numbers


def run(wanted: Arguments) -> int:
    """Print what importing does, and do it unless it is only looked at.

    Returns:
        0, or 1 when a value was refused; what is fine is imported nevertheless.

    Raises:
        BadRequest: The file cannot be read, or is something else.
        StorageError: The settings could not be written.
    """
    start = prepare(wanted, os.environ, looking=True)
    path = wanted.compose or wanted.env_file
    kind = SourceKind.COMPOSE if wanted.compose else SourceKind.ENV_FILE
    plan = plan_import(path, start.settings, os.environ, kind)
    if not wanted.json:
        print("\n".join(format_plan(plan)))
    written = bool(plan.values) and not wanted.dry_run and (_is_wanted(wanted))
    if written:
        told = _write(plan, start)
        if not wanted.json:
            print("\n".join(told))
    if wanted.json:
        print(json.dumps(as_json(plan, written=written), indent=2, ensure_ascii=False))
    return 1 if plan.count(Outcome.REFUSED) else 0


def _is_wanted(wanted: Arguments) -> bool:
    """Ask where somebody sits at a terminal."""
    if wanted.yes or wanted.json or not (sys.stdin and sys.stdin.isatty()):
        return True
    try:
        return input("Import these settings? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _write(plan: ImportPlan, start: Start) -> list[str]:
    """Save the settings; return what is to be said."""
    path = start.paths.config_file
    kept = backup.keep(path)
    loaded = settings_file.load(path, set_aside=False).values
    settings_file.save(path, {**loaded, **plan.values})
    lines = [f"{numbers.count(len(plan.values), 'setting')} written to {path}."]
    if kept is not None:
        lines.append(f"The settings from before are in {kept}.")
    if find_running(start.paths.data_dir) is not None:
        lines.append("The AceDesk that runs takes them when it is started again.")
    return lines
