"""What the pages say while there is no engine: the ways to get one, and the test channel."""

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from acedesk.errors import DockerNotStarted, EngineUnreachable, RuntimeState, RuntimeUnavailable
from acedesk.model.engine import (
    TEST_BACKEND,
    BackendKind,
    BreakerKind,
    BreakerState,
    EngineHealth,
    EngineIntent,
    ProvisionState,
    ScalingCause,
)
from acedesk.model.snapshot import BreakerView, RuntimeView, Snapshot
from acedesk.ui.engines import words
from acedesk.ui.engines.no_engine import EngineWays
from acedesk.ui.engines.page import EnginesPage
from acedesk.ui.players import Players
from acedesk.ui.streams.page import StreamsPage
from acedesk.words.errors import RUNTIME
from tests.gui.fake_desk import (
    FakeDesk,
    empty_snapshot,
    make_stream,
    sample_engines,
    sample_provision,
)
from tests.gui.waiting import until

FIRST, SECOND, STATIC = sample_engines()
TEST_ENGINE = dataclasses.replace(
    FIRST, name="Test engine", backend=BackendKind.DEMO, backend_id=TEST_BACKEND
)

CLOSED = BreakerState.CLOSED


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk(empty_snapshot())


@pytest.fixture
def ways(qtbot: QtBot, desk: FakeDesk) -> EngineWays:
    made = EngineWays(desk)
    qtbot.addWidget(made)
    made.resize(704, 440)
    made.show()
    made.refresh(desk.snapshot())
    return made


def _with(snapshot: Snapshot, **changes: object) -> Snapshot:
    return dataclasses.replace(snapshot, **changes)  # type: ignore[arg-type]


async def test_an_engine_is_one_click_where_docker_runs(ways: EngineWays, desk: FakeDesk) -> None:
    assert "No engine yet" in ways.text

    ways.docker.act.click()
    await until(ways.docker.act.isEnabled)

    assert desk.calls == [("add_engine",)]


async def test_another_start_takes_the_failed_one_away(ways: EngineWays, desk: FakeDesk) -> None:
    failed = dataclasses.replace(sample_provision(), state=ProvisionState.FAILED)
    desk.edit(provisions=(failed,))

    ways.docker.act.click()
    await until(ways.docker.act.isEnabled)

    assert desk.calls == [("add_engine",), ("cancel_provision", failed.id)]


@pytest.mark.parametrize("state", list(RUNTIME))
def test_what_docker_lacks_is_said_before_any_click(
    ways: EngineWays, desk: FakeDesk, state: RuntimeState
) -> None:
    ways.refresh(_with(desk.snapshot(), runtime=RuntimeView(state=state, target="pi@nas")))

    assert RUNTIME[state].what in ways.docker.text
    assert ways.docker.act.text() != "Start an engine"
    assert ways.docker.details == RUNTIME[state].command.replace("{target}", "pi@nas")


async def test_docker_is_started_from_here_and_a_failure_is_told(
    ways: EngineWays, desk: FakeDesk
) -> None:
    failures: list[Exception] = []
    ways.failed.connect(failures.append)
    desk.engines.startable = "Docker"
    desk.error = DockerNotStarted("the password was not given")
    ways.refresh(_with(desk.snapshot(), runtime=RuntimeView(state=RuntimeState.NOT_RUNNING)))

    assert ways.docker.act.text() == "Start Docker"
    ways.docker.act.click()
    await until(lambda: failures)

    assert desk.calls == [("start_docker",)]
    assert ways.docker.act.isEnabled()


def test_the_test_channel_is_one_click(ways: EngineWays, qtbot: QtBot) -> None:
    with qtbot.waitSignal(ways.test_wanted):
        ways.test.act.click()


def test_an_engine_on_its_way_is_shown_with_its_steps(ways: EngineWays, desk: FakeDesk) -> None:
    ways.refresh(_with(desk.snapshot(), provisions=(sample_provision(),)))

    assert "An engine is on its way" in ways.text
    assert ways.provisions.cards["provision-1"].isVisible()
    assert not ways.docker.isVisible()


def test_one_that_failed_leaves_the_ways_open(ways: EngineWays, desk: FakeDesk) -> None:
    failed = dataclasses.replace(sample_provision(), state=ProvisionState.FAILED)

    ways.refresh(_with(desk.snapshot(), provisions=(failed,)))

    assert ways.provisions.cards["provision-1"].isVisible()
    assert ways.docker.isVisible()


# An address


async def test_an_engine_that_answers_is_added_at_once(ways: EngineWays, desk: FakeDesk) -> None:
    ways.address.field.setText("192.168.1.5:6878")

    ways.address.add.click()
    await until(lambda: desk.settings.current.engines)

    assert desk.calls[0] == ("try_address", "192.168.1.5:6878")
    assert desk.settings.current.engines == ("192.168.1.5:6878",)
    assert ways.address.field.text() == ""


async def test_one_that_does_not_answer_is_said_and_may_be_added_anyway(
    ways: EngineWays, desk: FakeDesk
) -> None:
    desk.engines.silent = EngineUnreachable("connection refused")
    ways.address.field.setText("192.168.1.5:6878")

    ways.address.add.click()
    await until(ways.address.anyway.isVisible)
    assert "cannot be reached" in ways.address.reason.text()
    assert desk.settings.current.engines == ()

    ways.address.anyway.click()
    await until(lambda: desk.settings.current.engines)


@pytest.mark.parametrize("text", ["a b", "http://:1", "1.2.3.4:99999", ":6878"])
def test_an_address_that_is_none_is_said_while_typing(ways: EngineWays, text: str) -> None:
    ways.address.field.setText(text)

    assert ways.address.reason.isVisible()
    assert not ways.address.add.isEnabled()

    ways.address.field.clear()
    assert not ways.address.reason.isVisible()


async def test_an_address_that_is_known_is_not_added_twice(
    ways: EngineWays, desk: FakeDesk
) -> None:
    await desk.settings.save({"engines": ("192.168.1.5:6878",)})

    ways.address.field.setText("http://192.168.1.5/")

    assert "in the list" in ways.address.reason.text()
    assert not ways.address.add.isEnabled()


# On the pages


@pytest.fixture
def streams(qtbot: QtBot, desk: FakeDesk) -> StreamsPage:
    made = StreamsPage(desk, Players(desk))
    qtbot.addWidget(made)
    made.show()
    made.refresh(desk.snapshot())
    return made


def test_the_streams_page_says_that_an_engine_is_missing(
    streams: StreamsPage, qtbot: QtBot
) -> None:
    assert streams.ways.isVisible()
    with qtbot.waitSignal(streams.play_test_wanted):
        streams.ways.test.act.click()


def test_the_engine_of_the_test_channel_is_none_for_links(
    streams: StreamsPage, desk: FakeDesk
) -> None:
    desk.edit(engines=(TEST_ENGINE,))
    streams.refresh(desk.snapshot())
    assert streams.ways.isVisible()
    assert desk.snapshot().real_engines == ()

    desk.edit(engines=(TEST_ENGINE, FIRST))
    streams.refresh(desk.snapshot())

    assert streams.empty.isVisible()
    assert words.origin(TEST_ENGINE) == "Built in · plays the test channel only"


def test_an_engine_that_does_not_answer_is_said_on_the_streams_page(
    streams: StreamsPage, desk: FakeDesk, qtbot: QtBot
) -> None:
    desk.edit(engines=(STATIC,))
    streams.refresh(desk.snapshot())

    assert streams.empty.sentence == "No engine answers"
    with qtbot.waitSignal(streams.page_wanted):
        streams.empty.primary.click()


def test_an_engine_that_starts_is_said_on_the_streams_page(
    streams: StreamsPage, desk: FakeDesk
) -> None:
    starting = dataclasses.replace(FIRST, health=EngineHealth.STARTING)
    sentences = []
    for engines in ((STATIC, starting), (starting, SECOND)):
        desk.edit(engines=engines)
        streams.refresh(desk.snapshot())
        sentences.append(streams.empty.sentence)

    assert sentences == ["An engine is starting", "Nothing is playing"]


def test_while_a_stream_is_shown_nothing_is_offered(streams: StreamsPage, desk: FakeDesk) -> None:
    desk.edit(streams=(make_stream(),))
    streams.refresh(desk.snapshot())

    assert not streams.ways.isVisible()


@pytest.fixture
def engines(qtbot: QtBot, desk: FakeDesk) -> EnginesPage:
    made = EnginesPage(desk)
    qtbot.addWidget(made)
    made.show()
    made.refresh(desk.snapshot())
    return made


async def test_the_engines_page_offers_the_ways_whatever_was_tried_before(
    engines: EnginesPage, desk: FakeDesk
) -> None:
    done = dataclasses.replace(sample_provision(), state=ProvisionState.DONE, engine_id=FIRST.id)
    desk.edit(provisions=(done,), runtime=RuntimeView(state=RuntimeState.NOT_RUNNING))
    engines.refresh(desk.snapshot())

    assert engines.ways.isVisible()
    assert not engines.docker.isVisible()  # the way says it already
    assert not engines.add.isVisible()

    desk.edit(engines=(FIRST,))
    engines.refresh(desk.snapshot())

    assert not engines.ways.isVisible()
    assert engines.docker.isVisible()
    assert not engines.add.isVisible()  # the card has the button that helps


async def test_an_address_can_be_added_beside_other_engines(
    engines: EnginesPage, desk: FakeDesk
) -> None:
    desk.edit(engines=(dataclasses.replace(FIRST, health=EngineHealth.READY),))
    engines.refresh(desk.snapshot())

    engines.add_address.click()
    engines.address.field.setText("10.0.0.2:6878")
    engines.address.add.click()
    await until(lambda: desk.settings.current.engines)

    assert not engines.address.isVisible()


async def test_escape_empties_the_field_of_an_address_and_then_leaves_it(
    engines: EnginesPage, desk: FakeDesk
) -> None:
    desk.edit(engines=(dataclasses.replace(FIRST, health=EngineHealth.READY),))
    engines.refresh(desk.snapshot())
    engines.add_address.click()
    engines.address.field.setText("10.0.0.2")

    QTest.keyClick(engines.address.field, Qt.Key.Key_Escape)
    assert engines.address.field.text() == ""
    assert not engines.address.isHidden()

    QTest.keyClick(engines.address.field, Qt.Key.Key_Escape)
    assert engines.address.isHidden()


# ---------------------------------------------------------------------- Docker off


@pytest.fixture
def busy() -> FakeDesk:
    """Return a desk that has engines."""
    return FakeDesk()


@pytest.fixture
def page(qtbot: QtBot, busy: FakeDesk) -> EnginesPage:
    made = EnginesPage(busy)
    qtbot.addWidget(made)
    made.refresh(busy.snapshot())
    return made


def test_no_engine_can_be_added_while_docker_is_off(page: EnginesPage, busy: FakeDesk) -> None:
    busy.edit(runtime=RuntimeView(state=RuntimeState.NOT_RUNNING))
    page.refresh(busy.snapshot())
    off = page.add.isHidden(), page.docker.isHidden()

    busy.edit(runtime=RuntimeView(state=RuntimeState.READY))
    page.refresh(busy.snapshot())

    assert off == (True, False)
    assert (page.add.isHidden(), page.docker.isHidden()) == (False, True)


async def test_a_docker_that_went_off_meanwhile_is_said(page: EnginesPage, busy: FakeDesk) -> None:
    said: list[str] = []
    page.said.connect(said.append)
    busy.engines.refusal = RuntimeUnavailable(RuntimeState.NOT_RUNNING)

    page.add.click()

    await until(lambda: said)
    assert said == [RUNTIME[RuntimeState.NOT_RUNNING].what]


async def test_without_docker_the_engine_of_this_computer_is_one_click(
    ways: EngineWays, desk: FakeDesk
) -> None:
    assert ways.native.isHidden()
    desk.engines.native = "Ace Stream (Snap)"
    ways.refresh(_with(desk.snapshot(), runtime=RuntimeView(state=RuntimeState.NOT_INSTALLED)))
    assert "Ace Stream (Snap) is installed here" in ways.native.text

    ways.native.act.click()
    await until(ways.native.act.isEnabled)

    assert desk.calls == [("add_native",)]


async def test_where_there_is_none_the_setting_that_names_one_is_offered(
    qtbot: QtBot, ways: EngineWays, desk: FakeDesk
) -> None:
    ways.refresh(_with(desk.snapshot(), runtime=RuntimeView(state=RuntimeState.NOT_RUNNING)))
    assert "found no engine program" in ways.native.text

    with qtbot.waitSignal(ways.setting_wanted) as wanted:
        ways.native.act.click()

    assert wanted.args == ["native_command"]


# When making engines failed too often


OPEN = BreakerView(
    kind=BreakerKind.GROWTH,
    state=BreakerState.OPEN,
    failures=5,
    limit=5,
    retry_after=290.0,
    error=EngineUnreachable("nothing answers"),
)


async def test_a_breaker_that_is_open_says_why_and_what_happens_and_has_a_button(
    ways: EngineWays, desk: FakeDesk
) -> None:
    ways.refresh(_with(desk.snapshot(), breakers=(OPEN,)))

    card = ways.provisions.breakers[BreakerKind.GROWTH]
    assert card.isVisible()
    assert card.text.startswith("No engines are made for now 5 tries in a row failed. ")
    assert "AceDesk tries one in 4 min" in card.text
    card.act.click()
    assert desk.calls == [("reset_breakers",)]

    ways.refresh(_with(desk.snapshot(), breakers=(dataclasses.replace(OPEN, state=CLOSED),)))
    assert not card.isVisible()


def test_why_no_engines_are_made_is_told_without_commands(ways: EngineWays, desk: FakeDesk) -> None:
    forbidden = RuntimeUnavailable(RuntimeState.NO_PERMISSION)
    ways.refresh(_with(desk.snapshot(), breakers=(dataclasses.replace(OPEN, error=forbidden),)))

    card = ways.provisions.breakers[BreakerKind.GROWTH]
    assert "Your user may not use Docker yet." in card.text
    assert "sudo" not in card.text
    assert "sudo usermod" in card.details


def test_both_breakers_have_a_card_above_the_engines_on_their_way(
    qtbot: QtBot, desk: FakeDesk
) -> None:
    page = EnginesPage(desk)
    qtbot.addWidget(page)
    half = dataclasses.replace(OPEN, kind=BreakerKind.REPLACEMENT, state=BreakerState.HALF_OPEN)
    snapshot = _with(
        desk.snapshot(),
        engines=(FIRST,),
        breakers=(OPEN, half),
        provisions=(sample_provision(),),
    )
    page.refresh(snapshot)

    cards = page.provisions.breakers
    assert not cards[BreakerKind.GROWTH].isHidden()
    assert cards[BreakerKind.REPLACEMENT].text.startswith("Engines are not replaced for now")
    assert "AceDesk tries one now" in cards[BreakerKind.REPLACEMENT].text
    cards[BreakerKind.REPLACEMENT].act.click()
    assert desk.calls == [("reset_breakers",)]


def test_an_engine_on_its_way_says_what_for() -> None:
    running = sample_provision()
    instead = dataclasses.replace(running, replaces="engine-7", cause=ScalingCause.UNHEALTHY)

    assert words.result(running).what == f"Starting {running.name}"
    assert words.result(instead).what == (
        f"Starting {running.name} instead of engine-7: it does not answer"
    )


def test_an_engine_that_goes_says_why() -> None:
    going = dataclasses.replace(
        FIRST, intent=EngineIntent.REMOVE, intent_cause=ScalingCause.OUTDATED, error=None
    )

    assert words.detail(going) == (
        "Goes when its last stream ends: the settings of engines have changed"
    )
