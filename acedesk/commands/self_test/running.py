"""An AceDesk of the self-test's own: a folder, a port and an engine that nobody else uses."""

import pathlib
from typing import Final

from acedesk.compose import App, RunOptions, build
from acedesk.demo.channels import BURST
from acedesk.settings import Settings

# Nobody reads a log of it; what goes wrong is told as a finding.
_SETTINGS: Final = Settings(port=0, log_level="error")


def own_app(folder: pathlib.Path, *, burst: float = BURST) -> App:
    """Return an AceDesk in an empty folder, not started yet.

    Args:
        burst: Seconds of broadcast that its demo engine sends at once.
    """
    options = RunOptions(
        demo=True, data_dir=folder, config_file=folder / "settings.toml", demo_burst=burst
    )
    return build(_SETTINGS, options=options)
