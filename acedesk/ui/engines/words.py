"""The words of the Engines page: states, steps and results. Pure."""

import datetime
from collections.abc import Sequence
from typing import Final

from acedesk.model.engine import (
    TEST_BACKEND,
    BackendKind,
    BreakerKind,
    BreakerState,
    EngineHealth,
    EngineIntent,
    EngineState,
    ProvisionState,
    Step,
    StepName,
    StepState,
    host_name,
)
from acedesk.model.history import ContainerUsage
from acedesk.model.snapshot import (
    BreakerView,
    EngineView,
    OrchestratorView,
    ProvisionView,
    StreamView,
)
from acedesk.words import numbers
from acedesk.words.engine_score import describe_score
from acedesk.words.errors import Explanation, explain
from acedesk.words.events import SCALING_CAUSES

# State -> word, tone (colours) and shape.
STATES: Final = {
    EngineState.STARTING: ("Starting", "working", "ring"),
    EngineState.READY: ("Ready", "good", "dot"),
    EngineState.DRAINING: ("Draining", "working", "ring"),
    EngineState.UNHEALTHY: ("Unhealthy", "bad", "cross"),
    EngineState.STOPPED: ("Stopped", "idle", "hollow"),
}

_TROUBLES: Final = {
    EngineHealth.SLOW: ("Slow", "warn", "dot"),
    EngineHealth.HUNG: ("Hung", "bad", "cross"),
    EngineHealth.UNREACHABLE: ("Unreachable", "bad", "cross"),
    EngineHealth.CRASHED: ("Crashed", "bad", "cross"),
}

_STEPS: Final = {
    StepName.PULL: "Download image",
    StepName.CREATE: "Create container",
    StepName.START: "Start it",
    StepName.ANSWER: "Wait for answer",
}

_STEPS_WITHOUT_CONTAINER: Final = {
    StepName.CREATE: "Prepare it",
    StepName.START: "Start it",
}


def origin(engine: EngineView) -> str:
    """Return where the engine comes from: "Docker · name of the image"."""
    match engine.backend:
        case BackendKind.DOCKER:
            host = host_name(engine.backend_id)
            docker = f"Docker on {host}" if host else "Docker"
            return f"{docker} · {short_image(engine.image)}" if engine.image else docker
        case BackendKind.DEMO if engine.backend_id == TEST_BACKEND:
            return "Built in · plays the test channel only"
        case BackendKind.DEMO:
            return f"Built-in demo · {engine.host}"
        case BackendKind.SWARM:
            return f"Swarm · {engine.host}" if engine.port else "Swarm · no node runs it"
        case BackendKind.NATIVE:
            return f"On this computer · {engine.image}" if engine.image else "On this computer"
        case BackendKind.REMOTE:
            return f"The orchestrator’s · port {engine.port}"
        case BackendKind.STATIC:
            # The name is cut where there is no room; two on one computer differ in the port only.
            return f"Your own · port {engine.port}"


def detail(engine: EngineView) -> str:
    """Return what stands below the name: why it cannot be used, else where it comes from."""
    if engine.error is not None and engine.state in _TROUBLED:
        return explain(engine.error).what
    why = SCALING_CAUSES.get(engine.intent_cause.value if engine.intent_cause else "")
    if engine.intent is EngineIntent.REMOVE and why:
        return f"Goes when its last stream ends: {why}"
    return origin(engine)


_TROUBLED: Final = (EngineState.UNHEALTHY, EngineState.STOPPED)


def short_image(image: str) -> str:
    """Return the image without registry, owner and digest: "acestream-http-proxy:latest"."""
    return image.partition("@")[0].rpartition("/")[2]


def places(engine: EngineView) -> str:
    """Return how many streams it has of how many it may: "1 of 4", "2"; a dead one has none."""
    if not engine.is_alive:
        return numbers.NOTHING
    if engine.max_streams is None:
        return str(engine.streams)
    return f"{engine.streams} of {engine.max_streams}"


def answer_time(engine: EngineView) -> str:
    """Return how fast it answered last: "12 ms", "1.3 s", a dash when it does not."""
    if engine.answer_time is None or not engine.is_alive:
        return numbers.NOTHING
    if engine.answer_time < 0.9995:
        return f"{max(1, round(engine.answer_time * 1000))} ms"
    return numbers.format_seconds(engine.answer_time)


def port(engine: EngineView) -> str:
    """Return where it listens, a dash when nothing does."""
    return str(engine.port) if engine.port and engine.is_alive else numbers.NOTHING


def since(engine: EngineView, now: datetime.datetime) -> str:
    """Return how long it has been running, a dash when it does not."""
    return numbers.format_since(engine.started_time if engine.is_alive else None, now)


def usage(used: ContainerUsage) -> str:
    """Return what a container uses: "12 % of a core, 182.4 MB, ↓ 5.1 ↑ 0.3 Mbit/s"."""
    parts = []
    if used.cpu is not None:
        parts.append(f"{100 * used.cpu:.0f} % of a core")
    if used.memory is not None:
        parts.append(numbers.format_bytes(used.memory))
    if used.network_in is not None and used.network_out is not None:
        down, up = numbers.format_mega(used.network_in), numbers.format_mega(used.network_out)
        parts.append(f"↓ {down} ↑ {up} Mbit/s")
    return ", ".join(parts)


def score_line(engine: EngineView) -> str:
    """Return how well it plays and why, for a tooltip."""
    return f"Score: {describe_score(engine.score)}"


def state_words(engine: EngineView) -> tuple[str, str, str]:
    """Return word, tone and shape of its state; what is wrong with it is told apart."""
    if engine.state is EngineState.DRAINING:
        return STATES[engine.state]
    return _TROUBLES.get(engine.health, STATES[engine.state])


def sentence(engine: EngineView, now: datetime.datetime) -> str:
    """Return the row as one sentence for screen readers."""
    parts = (
        f"{engine.name}, {state_words(engine)[0]}",
        explain(engine.error).sentences if engine.error is not None else "",
        origin(engine),
        f"version {engine.version}" if engine.version else "version not known",
        f"streams {places(engine)}" if engine.is_alive else "",
        f"port {engine.port}" if engine.is_alive and engine.port else "",
        f"runs {since(engine, now)}" if engine.started_time and engine.is_alive else "",
    )
    return ", ".join(part for part in parts if part)


def orchestrator(view: OrchestratorView) -> tuple[str, str]:
    """Return how the orchestrator on another address is, and its tone."""
    waiting = f", {numbers.count(view.unsent, 'report')} unsent" if view.unsent else ""
    if view.error is not None:
        return f"Orchestrator not usable{waiting}", "warn"
    if not view.known:
        return "Looking for the orchestrator", "plain"
    return f"Orchestrator {view.url.partition('://')[2]}{waiting}", "plain"


def step_label(step: Step, backend: BackendKind) -> str:
    """Return what the step does."""
    if backend is not BackendKind.DOCKER:
        return _STEPS_WITHOUT_CONTAINER.get(step.name, _STEPS[step.name])
    return _STEPS[step.name]


def step_fact(step: Step) -> str:
    """Return how far the step is: "38.2 of 250.0 MB", its own detail, or ""."""
    if step.name is StepName.PULL and step.state is StepState.RUNNING and step.done_bytes:
        done = numbers.format_bytes(step.done_bytes)
        if step.total_bytes:
            return f"{done} of {numbers.format_bytes(step.total_bytes)}"
        return done
    return step.detail


def step_share(step: Step) -> float | None:
    """Return how much of the download is done, 0 to 1; None when it cannot be known."""
    if step.state is StepState.DONE:
        return 1.0
    if step.done_bytes is None or not step.total_bytes:
        return None
    return min(1.0, step.done_bytes / step.total_bytes)


def breaker(view: BreakerView) -> Explanation | None:
    """Return why engines are not made or replaced, None while they are."""
    if view.state is BreakerState.CLOSED:
        return None
    growth = view.kind is BreakerKind.GROWTH
    what = "No engines are made for now" if growth else "Engines are not replaced for now"
    tries = numbers.count(view.failures, "try", "tries")
    said = explain(view.error).sentences if view.error is not None else ""
    why = f"{tries} in a row failed. {said}".strip()
    if view.state is BreakerState.HALF_OPEN:
        return Explanation(what, why, "AceDesk tries one now; if it works, all goes on.")
    wait = numbers.format_span(view.retry_after)
    return Explanation(what, why, f"AceDesk tries one in {wait}; if it works, all goes on.")


def _purpose(provision: ProvisionView) -> str:
    """Return why AceDesk makes it, behind its name; "" where somebody asked for it."""
    why = SCALING_CAUSES.get(provision.cause.value if provision.cause else "", "")
    instead = f" instead of {provision.replaces}" if provision.replaces else ""
    return f"{instead}: {why}" if why else instead


def result(provision: ProvisionView) -> Explanation:
    """Return how the provision stands, in words."""
    match provision.state:
        case ProvisionState.RUNNING:
            return Explanation(f"Starting {provision.name}{_purpose(provision)}")
        case ProvisionState.DONE:
            return Explanation(f"{provision.name} is ready", now="New streams may use it now.")
        case ProvisionState.CANCELLED:
            return Explanation(f"{provision.name} was cancelled", now="Nothing is left of it.")
        case ProvisionState.FAILED:
            if provision.error is None:
                return Explanation(f"{provision.name} could not be started.")
            explained = explain(provision.error)
            return Explanation(
                f"{provision.name} could not be started.",
                " ".join(part for part in (explained.what, explained.why) if part),
                explained.now or "Nothing is left of it.",
                explained.action or "Try again, or choose another image under Settings, Engines.",
            )


def loss(engines: Sequence[EngineView], streams: Sequence[StreamView]) -> str:
    """Return what ending these engines would interrupt, "" when nothing."""
    ids = {engine.id for engine in engines}
    on_it = [stream.name for stream in streams if stream.engine_id in ids]
    count = sum(engine.streams for engine in engines)
    if not on_it and not count:
        return ""
    playing = ", ".join(on_it) if on_it else numbers.count(count, "stream")
    they = "It plays" if len(engines) == 1 else "They play"
    return f"{they} {playing}. Viewers are moved to another engine if there is one, or stop."
