"""Engines: where they are, where they come from, and how they are."""

import datetime
import enum
from typing import Final, NewType

from acedesk.errors import EngineError
from acedesk.values import frozen_value

EngineId = NewType("EngineId", str)

# Which backend: "static", "demo", "docker:local". There may be several of one kind.
BackendId = NewType("BackendId", str)
NO_BACKEND: Final = BackendId("")
# The Docker that is there anyway is the host of this name.
LOCAL_HOST: Final = "local"
# Of the engine that plays the test channel beside real engines, and nothing else.
TEST_BACKEND: Final = BackendId("test")
# Of other AceDesks that carry a content: no engines, but played from as from one.
PROXY_BACKEND: Final = BackendId("proxy")
PROXY_NAME: Final = "AceDesk "
# Neither plays any link.
APART: Final = frozenset({TEST_BACKEND, PROXY_BACKEND})


def host_name(backend: BackendId) -> str:
    """Return the host of the settings whose engines these are, "" for this computer's."""
    name = backend.partition(":")[2]
    return "" if name == LOCAL_HOST else name


class BackendKind(enum.Enum):
    """Where an engine comes from.

    STATIC: somebody else runs it.  DEMO: simulated, in this process.  DOCKER: a container.
    NATIVE: a program of this computer, started by AceDesk.  SWARM: a service of Docker Swarm.
    REMOTE: an orchestrator on another address told of it, who alone makes and removes it.
    """

    STATIC = "static"
    DEMO = "demo"
    DOCKER = "docker"
    NATIVE = "native"
    SWARM = "swarm"
    REMOTE = "remote"


# Engines that AceDesk did not make: it never restarts, replaces or ends one, nor counts it.
FOREIGN: Final = frozenset({BackendKind.STATIC, BackendKind.REMOTE})


# Why an engine is gone, as part of a sentence: somebody in the window removed it, or over HTTP.
REMOVED_BY_USER: Final = "you removed it"
REMOVED_BY_PROGRAM: Final = "a program removed it"


class EngineIntent(enum.Enum):
    """What is wanted of an engine. Nothing that is seen of it changes this.

    SERVE: it gets streams.  DRAIN: it gets no new ones; those it has go on.
    REMOVE: as DRAIN, and it goes when the last one has ended.
    """

    SERVE = "serve"
    DRAIN = "drain"
    REMOVE = "remove"


class EngineHealth(enum.Enum):
    """What is seen of an engine.

    STARTING: it runs, or is about to, and has not answered yet.  READY: it answers.
    SLOW: it answers, but plays worse than the others.
    HUNG: it takes connections and does not answer.
    UNREACHABLE: no connection, or what answers there is no engine.
    CRASHED: its container ended by itself, with an error.  STOPPED: it was ended, or never ran.
    """

    STARTING = "starting"
    READY = "ready"
    SLOW = "slow"
    HUNG = "hung"
    UNREACHABLE = "unreachable"
    CRASHED = "crashed"
    STOPPED = "stopped"


# The same in groups: it answers; it does not, and may again; nothing runs that could answer.
# STARTING is in none of them: nobody knows yet.
ANSWERING: Final = frozenset({EngineHealth.READY, EngineHealth.SLOW})
SILENT: Final = frozenset({EngineHealth.HUNG, EngineHealth.UNREACHABLE})
ENDED: Final = frozenset({EngineHealth.CRASHED, EngineHealth.STOPPED})


class EngineState(enum.Enum):
    """Intent and health in one word, for people and for programs that want one."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    UNHEALTHY = "unhealthy"
    STOPPED = "stopped"


def shown_state(intent: EngineIntent, health: EngineHealth) -> EngineState:
    """Return the one word: the health, or "draining" where a healthy engine is not to serve."""
    match health:
        case EngineHealth.READY | EngineHealth.SLOW:
            serves = intent is EngineIntent.SERVE
            return EngineState.READY if serves else EngineState.DRAINING
        case EngineHealth.STARTING:
            return EngineState.STARTING
        case EngineHealth.HUNG | EngineHealth.UNREACHABLE:
            return EngineState.UNHEALTHY
        case EngineHealth.CRASHED | EngineHealth.STOPPED:
            return EngineState.STOPPED


@frozen_value
class EngineLoss:
    """An engine that played streams can no longer be counted on.

    Attributes:
        error: What its streams are told.
        certain: It is gone: removed, stopped, crashed or being restarted. Otherwise only its
            answers fail; a stream that still receives something is better left where it is.
    """

    engine_id: EngineId
    error: EngineError
    certain: bool


@frozen_value
class EngineSpec:
    """One engine as its backend made or found it; it does not change while the engine lives.

    Attributes:
        id: Unique in this AceDesk: the full container id, "demo-6879", "static-192.168.1.5:6878".
        name: What people see: "engine-1".
        backend: Of which kind it is; for words and limits.
        backend_id: The backend that can restart or remove it, "" when none can.
        host: Address of the HTTP API as AceDesk must dial it.
        port: TCP port of the HTTP API, 0 while its container does not run.
        container_id: Full Docker id, "" for engines without a container.
        image: Image reference, "" for engines without a container.
        exit_code: Of the container's last run, None while it runs and without a container.
        out_of_memory: The system ended that run for want of memory.
        paused: Its container was frozen by somebody: it keeps its port and answers nothing.
        network_lost: Its container shared the network of another one, and that network is gone.
        network_of: The container whose network it shares, by name or id; "" for none.
        started_time: When its container or process was started, None when unknown.
        definition_hash: Of what it was made from (`EngineDefinition.hash`), "" when unknown.
        contents: Values of the stream keys it plays, None for any; those are played by it alone.
    """

    id: EngineId
    name: str
    backend: BackendKind
    host: str
    port: int
    container_id: str = ""
    image: str = ""
    exit_code: int | None = None
    out_of_memory: bool = False
    paused: bool = False
    network_lost: bool = False
    network_of: str = ""
    started_time: datetime.datetime | None = None
    backend_id: BackendId = NO_BACKEND
    definition_hash: str = ""
    contents: frozenset[str] | None = None

    @property
    def carried_by(self) -> str:
        """Which other AceDesk this is, "" for an engine."""
        return self.name.removeprefix(PROXY_NAME) if self.backend_id == PROXY_BACKEND else ""


@frozen_value
class VpnMembership:
    """Which engines are inside the VPN. It is seen from outside, so it is no part of a spec.

    Attributes:
        container: Name of the VPN's container, "" when there is none.
        container_id: Its full id, "" when there is none.
        engines: Those whose traffic goes through it or nowhere; some may not be known yet.
        forwarded: Those of them that listen for peers on the port the VPN forwards.
        trouble: Why nothing gets out through it now, as a sentence; "" when it is connected.
    """

    container: str = ""
    container_id: str = ""
    engines: frozenset[EngineId] = frozenset()
    forwarded: frozenset[EngineId] = frozenset()
    trouble: str = "AceDesk has not seen the VPN yet."


class StepName(enum.Enum):
    """The steps of provisioning, in order. Backends without images leave PULL out."""

    PULL = "pull"
    CREATE = "create"
    START = "start"
    ANSWER = "answer"


class StepState(enum.Enum):
    """How far one step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@frozen_value
class Step:
    """One step of a provision, as reported while it runs.

    Attributes:
        done_bytes: Bytes pulled so far (PULL only), None when it cannot be known.
        total_bytes: Bytes to pull in all as far as known, None when unknown.
        detail: A short fact: "image is already here", the container's name, "3 s".
    """

    name: StepName
    state: StepState
    done_bytes: int | None = None
    total_bytes: int | None = None
    detail: str = ""


class ProvisionState(enum.Enum):
    """How a provision stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Purpose(enum.Enum):
    """Who wanted an engine to be made.

    HAND: a person.  REQUEST: a program, over HTTP.  GROWTH: AceDesk, because more are needed.
    REPLACEMENT: AceDesk, instead of another one.
    """

    HAND = "hand"
    REQUEST = "request"
    GROWTH = "growth"
    REPLACEMENT = "replacement"


# What AceDesk makes by itself: a failure is tried again without anybody's doing.
UNASKED: Final = frozenset({Purpose.GROWTH, Purpose.REPLACEMENT})


class ScalingCause(enum.Enum):
    """Why AceDesk makes, drains, replaces or removes an engine.

    BELOW_MINIMUM: fewer than `min_engines`.  TOO_FEW_FREE: fewer than `min_free_engines` without a
    stream.  NO_FREE_PLACE: all places are taken.  SCALED: somebody asked for a number of engines.
    UNHEALTHY: it does not answer.  OUTDATED: its image or arguments are not those of the settings.
    ASKED: a person wanted it.  IDLE: it had no stream for `idle_grace`.  ABOVE_MAXIMUM: there are
    more than `max_engines`.  ENDED: it has ended for good and its place is needed.
    SUCCESSOR: the engine that it succeeds had to go first.
    """

    BELOW_MINIMUM = "below_minimum"
    TOO_FEW_FREE = "too_few_free"
    NO_FREE_PLACE = "no_free_place"
    SCALED = "scaled"
    UNHEALTHY = "unhealthy"
    OUTDATED = "outdated"
    ASKED = "asked"
    IDLE = "idle"
    ABOVE_MAXIMUM = "above_maximum"
    ENDED = "ended"
    SUCCESSOR = "successor"


class BreakerKind(enum.Enum):
    """What a circuit breaker stops: making more engines, or replacing some."""

    GROWTH = "growth"
    REPLACEMENT = "replacement"


class BreakerState(enum.Enum):
    """Closed: engines are made.  Open: none is.  Half-open: one is, as a trial."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
