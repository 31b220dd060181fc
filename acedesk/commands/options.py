"""From the start of a command to what `acedesk.compose.build` wants to know."""

from acedesk.commands.start import Start
from acedesk.compose import RunOptions


def run_options(start: Start) -> RunOptions:
    """Return what holds for this run beside the settings."""
    return RunOptions(
        demo=start.demo,
        data_dir=start.paths.data_dir,
        config_file=start.paths.config_file,
        notes=start.notes,
        places=start.places,
    )
