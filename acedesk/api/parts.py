"""What the API beside the media is made over."""

from collections.abc import Callable

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.application.access import AccessControl
from acedesk.application.engines import EngineControl
from acedesk.application.history import HistoryControl
from acedesk.application.snapshot import SnapshotBuilder
from acedesk.application.streams import StreamControl
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.model.snapshot import VpnView
from acedesk.model.totals import OrchestratorFigures
from acedesk.observe.event_log import EventLog
from acedesk.proxy.data_plane import DataPlane
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.values import frozen_value


@frozen_value
class ApiParts:
    """What the API is made over.

    Attributes:
        changed: Something that is shown changed.
        loop_lag: What calls to the event loop wait, in seconds.
        orchestrator: The sums of that on another address, None without one.
    """

    plane: DataPlane
    pool: EnginePool
    manager: EngineManager
    client: EngineClient
    snapshots: SnapshotBuilder
    settings: Callable[[], Settings]
    streams: StreamControl
    engines: EngineControl
    access: AccessControl
    history: HistoryControl
    events: EventLog
    changed: Signal[()]
    vpn: Callable[[], VpnView]
    loop_lag: Callable[[], float]
    orchestrator: Callable[[], OrchestratorFigures | None]
