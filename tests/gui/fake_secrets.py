"""Where secrets are, as a test says."""

from acedesk.model.computer.kept_secrets import KeptSecrets
from acedesk.signals import Signal


class FakeSecrets:
    """Fulfils `SecretsDesk`."""

    def __init__(self) -> None:
        self.changed: Signal[()] = Signal()
        self.view = KeptSecrets()

    def show(self, view: KeptSecrets) -> None:
        """Let another picture hold."""
        self.view = view
        self.changed.emit()
