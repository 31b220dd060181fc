"""What is said of a link that waits for an engine: what is missing, what AceDesk does, what helps.

The window shows it and has a button for each way; nothing is decided there.
"""

import dataclasses
import enum
from collections.abc import Sequence
from typing import Final

from acedesk.errors import (
    STARTABLE,
    AceDeskError,
    BusyReason,
    EngineAnswerInvalid,
    EngineRefused,
    RuntimeState,
)
from acedesk.model.engine import (
    FOREIGN,
    TEST_BACKEND,
    EngineIntent,
    EngineState,
    ProvisionState,
    StepName,
    StepState,
)
from acedesk.model.snapshot import EngineView, OrchestratorView, ProvisionView, Snapshot
from acedesk.values import frozen_value
from acedesk.words.errors import RUNTIME, explain


class Way(enum.Enum):
    """A way to get an engine, a button each.

    START: one in Docker, or of the orchestrator.  DOCKER: start Docker first.
    ADDRESS: one that runs somewhere.  TEST: see the test channel meanwhile.
    """

    START = "start"
    DOCKER = "docker"
    ADDRESS = "address"
    TEST = "test"


@frozen_value(kw_only=False)
class Waiting:
    """What is said.

    Attributes:
        title: What is missing, in a few words.
        text: Why, what AceDesk does now, and that the link plays by itself.
        ways: What can be done, the best first.
        docker: What DOCKER would start: "Docker Desktop".
    """

    title: str
    text: str
    ways: tuple[Way, ...] = ()
    docker: str = ""


# So many links that waited are named; the rest is counted.
MOST_KEPT: Final = 3

# These pass when an engine comes; a limit that is reached does not.
_PASSING: Final = frozenset(
    {
        BusyReason.NO_ENGINE,
        BusyReason.STARTING,
        BusyReason.VPN_DISCONNECTED,
        BusyReason.CIRCUIT_BREAKER,
    }
)


def is_waited_for(reason: BusyReason, snapshot: Snapshot) -> bool:
    """Tell whether a link that is refused for this reason waits, and does not fail.

    Engines that are full are no reason to wait, unless another one is on its way.
    """
    if reason is BusyReason.MAX_CAPACITY:
        return bool(_made(snapshot) or _starting(snapshot))
    return reason in _PASSING


def describe_waiting(
    snapshot: Snapshot, names: Sequence[str], *, docker: str = "", offered: bool = False
) -> Waiting:
    """Return what is said of links that wait.

    Args:
        names: What they are called, at least one.
        offered: The page below says what is missing and offers the ways while there is no engine.
        docker: What can be started where Docker does not run: "Docker Desktop"; "" for nothing.
    """
    engines = snapshot.real_engines
    if offered and not engines and not _made(snapshot):
        said = Waiting("Waiting for an engine", "")
    else:
        said = _describe(dataclasses.replace(snapshot, engines=engines))
    who = f"{names[0]} plays by itself"
    if len(names) > 1:
        which = "Both" if len(names) == 2 else f"All {len(names)}"
        who = f"{which} links play by themselves"
    text = f"{said.text} {who} as soon as an engine answers."
    ways = said.ways
    here = snapshot.orchestrator is None  # else its Docker counts, not that of this computer
    if ways and docker and here and snapshot.runtime.state in STARTABLE:
        ways = (Way.DOCKER, *ways)
    if _plays_test(snapshot):
        ways = tuple(way for way in ways if way is not Way.TEST)
    return Waiting(said.title, text.strip(), ways, docker)


def describe_kept(names: Sequence[str]) -> Waiting:
    """Return what is said of links that still waited when AceDesk ended.

    Args:
        names: What they are called, at least one.
    """
    if len(names) == 1:
        title = f"{names[0]} still waited for an engine when AceDesk ended"
        return Waiting(title, "It has not been played. Play it now?")
    more = f" and {len(names) - MOST_KEPT} more" if len(names) > MOST_KEPT else ""
    title = f"{len(names)} links still waited for an engine when AceDesk ended"
    return Waiting(title, f"{', '.join(names[:MOST_KEPT])}{more}. Play them now?")


def _plays_test(snapshot: Snapshot) -> bool:
    """Tell whether the test channel runs: its engine plays nothing else."""
    tests = {engine.id for engine in snapshot.engines if engine.backend_id == TEST_BACKEND}
    return any(stream.engine_id in tests for stream in snapshot.live_streams)


def _describe(snapshot: Snapshot) -> Waiting:
    for describe in (_on_its_way, _not_answering, _not_made):
        said = describe(snapshot)
        if said is not None:
            return said
    return _no_engine(snapshot)


def _on_its_way(snapshot: Snapshot) -> Waiting | None:
    made, starting = _made(snapshot), _starting(snapshot)
    if made:
        return Waiting(f"Waiting for {made[0].name} to start", _step(made[0]))
    silent = [engine for engine in starting if engine.error is not None]
    if not starting or len(silent) == len(starting):
        return None
    first = next(engine for engine in starting if engine.error is None)
    verb = "answer" if first.backend in FOREIGN else "start"
    return Waiting(f"Waiting for {first.name} to {verb}", "AceDesk asks it until it answers.")


def _step(provision: ProvisionView) -> str:
    step = next((one for one in provision.steps if one.state is StepState.RUNNING), None)
    if step is None:
        return "It is being made."
    match step.name:
        case StepName.PULL:
            share = ""
            if step.done_bytes is not None and step.total_bytes:
                share = f" ({100 * step.done_bytes // step.total_bytes} %)"
            return f"Docker is downloading it{share}."
        case StepName.CREATE | StepName.START:
            return "Its container is being started."
        case StepName.ANSWER:
            return "Its container runs; AceDesk asks it until it answers."


def _not_answering(snapshot: Snapshot) -> Waiting | None:
    engines = [engine for engine in snapshot.engines if engine.state is not EngineState.READY]
    if not engines:
        return None
    ways = _ways(snapshot)
    states = {engine.state for engine in engines}
    if len(engines) > 1:
        told = "; ".join(f"{engine.name} {_fault(engine)}" for engine in engines[:3])
        more = f"; and {len(engines) - 3} more" if len(engines) > 3 else ""
        return Waiting("No engine can play now", f"{told}{more}.", ways)
    engine = engines[0]
    title = f"{engine.name} {_fault(engine)}"
    if states == {EngineState.DRAINING} or states == {EngineState.STOPPED}:
        return Waiting(title, "", ways)
    why = explain(engine.error).why if engine.error is not None else ""
    return Waiting(title, f"{why} AceDesk keeps asking it.".strip(), ways)


def _fault(engine: EngineView) -> str:
    match engine.state:
        case EngineState.STOPPED:
            return "is stopped"
        case EngineState.DRAINING:
            return "takes no new streams"
        case _:
            return _fault_of(engine.error)


def _fault_of(error: AceDeskError | None) -> str:
    if isinstance(error, EngineAnswerInvalid):
        return "answers, but is no Ace Stream engine"
    return "refuses AceDesk" if isinstance(error, EngineRefused) else "does not answer"


def _not_made(snapshot: Snapshot) -> Waiting | None:
    if not snapshot.provisions:
        return None
    last = max(snapshot.provisions, key=lambda provision: provision.started_time)
    if last.state is not ProvisionState.FAILED or last.error is None:
        return None
    why = explain(last.error).sentences
    return Waiting(f"{last.name} could not be started", why, _ways(snapshot))


def _no_engine(snapshot: Snapshot) -> Waiting:
    state = snapshot.runtime.state
    if snapshot.orchestrator is not None:
        does = _of_orchestrator(snapshot.orchestrator)
    elif state is RuntimeState.READY:
        does = "AceDesk can start one in Docker."
    elif state is None:
        does = "AceDesk is looking for Docker."
    else:
        does = RUNTIME[state].what
    text = f"An engine fetches the streams. {does}"
    return Waiting("No engine yet", text, _ways(snapshot))


def _of_orchestrator(view: OrchestratorView) -> str:
    if view.error is not None:
        return explain(view.error).what
    if not view.known:
        return "AceDesk is looking for the orchestrator."
    return "AceDesk can ask the orchestrator for one."


def _ways(snapshot: Snapshot) -> tuple[Way, ...]:
    start = (Way.START,) if snapshot.can_make_engines and not snapshot.demo else ()
    return (*start, Way.ADDRESS, Way.TEST)


def _made(snapshot: Snapshot) -> list[ProvisionView]:
    return [one for one in snapshot.provisions if one.state is ProvisionState.RUNNING]


def _starting(snapshot: Snapshot) -> list[EngineView]:
    return [
        engine
        for engine in snapshot.engines
        if engine.state is EngineState.STARTING and engine.intent is EngineIntent.SERVE
    ]
