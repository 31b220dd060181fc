"""Imports of settings as the windows see them, without files."""

import pathlib

from acedesk.errors import AceDeskError
from acedesk.model.settings_import.plan import ImportPlan
from acedesk.model.settings_import.source import SourceKind
from tests.gui.fake_engines import Calls


class FakeImports:
    """Fulfils `ImportDesk`.

    Attributes:
        plan: What any file would do.
        error: Raised instead while it is set.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.plan = ImportPlan(kind=SourceKind.ENV_FILE, source="x.env", findings=())
        self.error: AceDeskError | None = None
        self.restart: tuple[str, ...] = ()

    async def look(self, path: pathlib.Path) -> ImportPlan:
        self._calls.record("look_at_settings", path)
        if self.error is not None:
            raise self.error
        return self.plan

    async def take(self, wanted: ImportPlan) -> tuple[str, ...]:
        self._calls.record("import_settings", wanted.values)
        if self.error is not None:
            raise self.error
        return self.restart
