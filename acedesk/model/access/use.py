"""Which program asked for what, and when."""

import datetime
import enum

from acedesk.values import frozen_value


class Contract(enum.Enum):
    """What programs use AceDesk as.

    STREAMS: `/ace/getstream`, as acexy has it.  HLS: playlists.  ENGINE: an Ace Stream engine.
    ORCHESTRATOR: acestream-orchestrator.  METRICS: for Prometheus.  API: AceDesk's own.
    """

    STREAMS = "streams"
    HLS = "hls"
    ENGINE = "engine"
    ORCHESTRATOR = "orchestrator"
    METRICS = "metrics"
    API = "api"


@frozen_value
class ProgramUse:
    """One program on one device with one token or none, and one contract.

    Attributes:
        program: From its User-Agent: "Kodi 21.0"; not trusted.
        address: Of its device.
        time: Of its last request that was let in.
        count: Its requests since AceDesk started, or since it was last forgotten.
        device: The name of its token, "" without one.
    """

    program: str
    address: str
    contract: Contract
    time: datetime.datetime
    count: int
    device: str = ""
