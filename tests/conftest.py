"""What every test gets: hypothesis profiles; silence, for an unexpected error log fails it."""

import logging
import os
import signal

import hypothesis
import pytest

# Imported before any thread does: its packages import each other in circles, and a test that
# imports one of them while a thread of another test does would see it half made.
import acedesk.containers.docker  # noqa: F401

hypothesis.settings.register_profile("push", max_examples=100, deadline=None)
# Under Wine, where each example takes several times as long.
hypothesis.settings.register_profile("few", max_examples=20, deadline=None)
hypothesis.settings.register_profile("deep", max_examples=20_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "push"))


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@pytest.fixture(autouse=True)
def no_error_logged(request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    """Fail a test during which AceDesk logged an error, unless it carries `expects_errors`."""
    collector = _Collector()
    logger = logging.getLogger("acedesk")
    logger.addHandler(collector)
    yield
    logger.removeHandler(collector)
    if request.node.get_closest_marker("expects_errors") is None:
        assert not collector.texts, "\n".join(collector.texts)


@pytest.fixture(autouse=True)
def signals_as_before():  # type: ignore[no-untyped-def]
    """Give signal handlers back: programs that tests start inherit the ones that are ignored."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


@pytest.fixture
def own_logging():  # type: ignore[no-untyped-def]
    """Give the root logger back as it was."""
    root, ours = logging.getLogger(), logging.getLogger("acedesk")
    before = (list(root.handlers), root.level, ours.level)
    yield
    for handler in set(root.handlers) - set(before[0]):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(before[1])
    ours.setLevel(before[2])
