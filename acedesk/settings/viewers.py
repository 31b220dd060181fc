"""Options of the settings page Playback that are about viewers: how long they stay, how many."""

import dataclasses

from acedesk.settings.fields import option_field


@dataclasses.dataclass(frozen=True, kw_only=True)
class ViewerSettings:
    """Who stays connected."""

    max_viewers_per_stream: int = option_field(
        0,
        page="Playback",
        label="Viewers per stream",
        help="Further players are refused until one leaves; 0 is no limit.",
        minimum=0,
        maximum=100000,
    )
    slow_client_timeout: float = option_field(
        30.0,
        page="Playback",
        label="Close an unreachable viewer after",
        help="A viewer whose device answers nothing for this long is disconnected: it is off, "
        "asleep or out of reach. So is the request for an HLS piece of which nothing is taken.",
        unit="s",
        minimum=1,
        maximum=600,
        advanced=True,
    )
    paused_viewer_timeout: float = option_field(
        600.0,
        page="Playback",
        label="Keep a paused viewer for",
        help="A player that is paused stays connected for this long and then goes on live. When a "
        "limit is reached it makes room for others.",
        unit="s",
        minimum=1,
        maximum=86400,
    )
