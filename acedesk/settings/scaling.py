"""Settings of the page Engines: how many engines AceDesk keeps, and how fast it makes them."""

import dataclasses

from acedesk.settings.fields import option_field


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScalingSettings:
    """How many engines there are to be. Only engines that AceDesk made are counted."""

    min_engines: int = option_field(
        0,
        page="Engines",
        label="Engines at least",
        help="AceDesk makes engines until there are so many; 0 makes none by itself.",
        minimum=0,
        maximum=200,
    )
    min_free_engines: int = option_field(
        0,
        page="Engines",
        label="Free engines at least",
        help="So many engines without a stream are kept ready. With 0 one more is made when the "
        "last place of those in use is taken.",
        minimum=0,
        maximum=200,
    )
    max_engines: int = option_field(
        20,
        page="Engines",
        label="Engines at most",
        help="AceDesk never makes more; engines on other addresses do not count.",
        minimum=1,
        maximum=200,
    )
    idle_grace: float = option_field(
        300.0,
        page="Engines",
        label="Remove idle engines after",
        help="An engine that was made because it was needed is removed when it had no stream for "
        "so long and is not needed. One that you added yourself stays.",
        unit="s",
        minimum=1,
        maximum=86400,
    )
    max_concurrent_provisions: int = option_field(
        5,
        page="Engines",
        label="Engines made at once",
        help="Further ones wait for their turn.",
        minimum=1,
        maximum=50,
        advanced=True,
    )
    min_provision_interval: float = option_field(
        0.5,
        page="Engines",
        label="Pause between two new engines",
        help="The next engine is begun so long after the one before.",
        unit="s",
        minimum=0,
        maximum=60,
        advanced=True,
    )
    growth_failures: int = option_field(
        5,
        page="Engines",
        label="Stop making engines after",
        help="When so many in a row could not be made, AceDesk makes none by itself for a while.",
        unit="failures",
        minimum=1,
        maximum=100,
        advanced=True,
    )
    growth_recovery: float = option_field(
        300.0,
        page="Engines",
        label="Try to make engines again after",
        help="Then one is made as a trial; if it fails, the next trial is as much later.",
        unit="s",
        minimum=1,
        maximum=86400,
        advanced=True,
    )
    replacement_failures: int = option_field(
        3,
        page="Engines",
        label="Stop replacing engines after",
        help="When so many replacements in a row failed, engines stay as they are for a while.",
        unit="failures",
        minimum=1,
        maximum=100,
        advanced=True,
    )
    replacement_recovery: float = option_field(
        180.0,
        page="Engines",
        label="Try to replace engines again after",
        help="Then one is replaced as a trial; if it fails, the next trial is as much later.",
        unit="s",
        minimum=1,
        maximum=86400,
        advanced=True,
    )
