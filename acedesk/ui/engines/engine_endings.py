"""Restarting and removing engines: asked about where something would be lost."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from acedesk.model.engine import FOREIGN, BackendKind
from acedesk.model.snapshot import EngineView, StreamView
from acedesk.ui.desk import Desk
from acedesk.ui.dialogs import Choice, ask
from acedesk.ui.engines import words
from acedesk.words import numbers


class EngineEndings:
    """Restarts and removes engines, one or several at once.

    Args:
        parent: The window part the question stands over.
        streams: What plays now, to say what would be lost.
        said: Takes one short sentence for the status line.
    """

    def __init__(
        self,
        desk: Desk,
        parent: QWidget,
        streams: Callable[[], Sequence[StreamView]],
        said: Callable[[str], object],
    ) -> None:
        self._desk = desk
        self._parent = parent
        self._streams = streams
        self._said = said

    async def restart(self, engines: Sequence[EngineView]) -> None:
        """Restart those that can be: engines on other addresses are left alone."""
        chosen = restartable(engines)
        if chosen and await self._agrees(chosen, _tr("Restart")):
            for engine in chosen:
                await self._desk.engines.restart(engine.id)
            self._said(_several(_tr("{0} is restarting"), _tr("{0} are restarting"), chosen))

    async def remove(self, engines: Sequence[EngineView], *, always: bool = False) -> None:
        """Remove these; engines on other addresses are forgotten, an orchestrator's left alone.

        Args:
            always: Ask even if nothing would be lost.
        """
        engines = [one for one in engines if one.backend is not BackendKind.REMOTE]
        only_static = all(one.backend is BackendKind.STATIC for one in engines)
        verb = _tr("Forget") if only_static else _tr("Remove")
        if engines and await self._agrees(engines, verb, always=always or len(engines) > 1):
            for engine in engines:
                await self._desk.engines.remove(engine.id)
            self._said(_several(_tr("{0} is gone"), _tr("{0} are gone"), engines))

    async def _agrees(
        self, engines: Sequence[EngineView], verb: str, *, always: bool = False
    ) -> bool:
        loss = words.loss(engines, self._streams())
        if not loss and not always:
            return True
        nothing = _tr("Nothing plays on it.") if len(engines) == 1 else _tr("Nothing plays there.")
        answer = await ask(
            self._parent,
            f"{verb} {_name(engines)}?",
            loss or nothing,
            (Choice("no", _tr("Cancel")), Choice("yes", verb, "danger")),
        )
        return answer.choice == "yes"


def restartable(engines: Sequence[EngineView]) -> list[EngineView]:
    """Return the engines that AceDesk can restart."""
    return [one for one in engines if one.backend not in FOREIGN]


def _name(engines: Sequence[EngineView]) -> str:
    return engines[0].name if len(engines) == 1 else numbers.count(len(engines), "engine")


def _several(one: str, many: str, engines: Sequence[EngineView]) -> str:
    return (one if len(engines) == 1 else many).format(_name(engines))


def _tr(text: str) -> str:
    return QCoreApplication.translate("EngineEndings", text)
