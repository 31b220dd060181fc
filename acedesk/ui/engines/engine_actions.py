"""What the Engines page and the empty pages ask of the engines, and of Docker."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from acedesk.errors import RuntimeUnavailable
from acedesk.model.engine import ProvisionState
from acedesk.model.snapshot import EngineView
from acedesk.ui.actions import run_action
from acedesk.ui.desk import Desk
from acedesk.ui.engines.provisions import ProvisionList
from acedesk.ui.web_page import open_page
from acedesk.words.errors import explain

# Docker's own page, which knows the system of whoever opens it.
INSTALL_PAGE: Final = "https://docs.docker.com/get-started/get-docker/"


class EngineActions:
    """Does what buttons ask for; a button that was pressed is disabled until it is done.

    Args:
        on_error: Shows what went wrong.
        said: Takes one short sentence for the status line.
    """

    def __init__(
        self,
        desk: Desk,
        on_error: Callable[[Exception], object],
        said: Callable[[str], object],
    ) -> None:
        self._desk = desk
        self._on_error = on_error
        self._said = said

    def connect(self, provisions: ProvisionList) -> None:
        """Do what the cards of engines on their way ask for."""
        provisions.cancel_wanted.connect(self.cancel)
        provisions.again_wanted.connect(self.again)
        provisions.try_wanted.connect(self.try_now)

    def add(self, *buttons: QWidget) -> None:
        """Begin to make an engine."""
        self._run(self._add_anew(), "add engine by user", buttons)

    def add_native(self, *buttons: QWidget) -> None:
        """Begin to start an engine program of this computer."""
        self._run(self._desk.engines.add_native(), "start engine program by user", buttons)

    def drain(self, engine: EngineView) -> None:
        """Give an engine no new streams."""
        said = QCoreApplication.translate("EngineActions", "{0} gets no new streams")
        self._said(said.format(engine.name))
        self._run(self._desk.engines.drain(engine.id), "drain engine by user")

    def use_again(self, engine: EngineView, *buttons: QWidget) -> None:
        """Give an engine new streams again."""
        said = QCoreApplication.translate("EngineActions", "{0} gets new streams again")
        self._said(said.format(engine.name))
        self._run(self._desk.engines.serve(engine.id), "use engine again by user", buttons)

    def replace(self, engine: EngineView, *buttons: QWidget) -> None:
        """Make another engine in the place of this one."""
        said = QCoreApplication.translate("EngineActions", "Another engine is made for {0}")
        self._said(said.format(engine.name))
        self._run(self._desk.engines.replace(engine.id), "replace engine by user", buttons)

    def cancel(self, provision_id: str) -> None:
        """Cancel a provision, or forget one that has ended."""
        self._run(self._desk.engines.cancel_provision(provision_id), "cancel provision by user")

    def again(self, provision_id: str) -> None:
        """Forget a provision and begin another."""
        self._run(self._forget_and_add(provision_id), "try again by user")

    def try_now(self) -> None:
        """Make and replace engines again at once."""
        self._desk.engines.reset_breakers()
        self._said(QCoreApplication.translate("EngineActions", "AceDesk tries again"))

    def check(self, *buttons: QWidget) -> None:
        """Look at Docker and the engines now."""
        self._run(self._desk.engines.check_now(), "check by user", buttons)

    def start_docker(self, *buttons: QWidget) -> None:
        """Start Docker; the card goes away by itself when it answers."""
        self._said(QCoreApplication.translate("EngineActions", "Docker is being started"))
        self._run(self._desk.engines.start_docker(), "start Docker by user", buttons)

    def install_docker(self) -> None:
        """Open the page that says how Docker is installed."""
        open_page(INSTALL_PAGE)

    async def _add(self) -> None:
        try:
            await self._desk.engines.add()
        except RuntimeUnavailable as exc:
            self._said(explain(exc).what)
            # The card about Docker says it, in its own place and with its own button.
            await self._desk.engines.check_now()

    async def _add_anew(self) -> None:
        """Make an engine; whoever tries once more has read why others failed."""
        provisions = self._desk.snapshot().provisions
        failed = [one.id for one in provisions if one.state is ProvisionState.FAILED]
        await self._add()
        for provision_id in failed:
            await self._desk.engines.cancel_provision(provision_id)

    async def _forget_and_add(self, provision_id: str) -> None:
        await self._desk.engines.cancel_provision(provision_id)
        await self._add()

    def _run(
        self, work: Coroutine[Any, Any, object], name: str, buttons: tuple[QWidget, ...] = ()
    ) -> None:
        for button in buttons:
            button.setEnabled(False)

        def enable() -> None:
            for button in buttons:
                button.setEnabled(True)

        run_action(work, self._on_error, name=name, on_done=enable)
