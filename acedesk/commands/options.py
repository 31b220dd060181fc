"""From the start of a command to what `acedesk.compose.build` wants to know."""

from acedesk.commands.start import Start
from acedesk.compose import RunOptions
from acedesk.store.keyring.secret_settings import KeyringUse


def run_options(start: Start, *, desktop: bool = False) -> RunOptions:
    """Return what holds for this run beside the settings.

    Args:
        desktop: There is a person in front of it, who may have a keyring.
    """
    return RunOptions(
        demo=start.demo,
        data_dir=start.paths.data_dir,
        config_file=start.paths.config_file,
        notes=start.notes,
        places=start.places,
        keyring=KeyringUse(entries=start.in_keyring, desktop=desktop),
    )
