"""Every error AceDesk raises on purpose; named by what the caller can do about it.

Errors carry data, not sentences: `acedesk.words.errors` turns them into text for
people. Foreign exceptions are caught in the adapter that caused them and re-raised as one of these.
"""

import enum
from typing import Final, Self


class AceDeskError(Exception):
    """Base of all our errors.

    Attributes:
        code: Stable machine-readable name, part of the HTTP API.
        retry_after: Seconds after which trying again makes sense, None when it does not.
    """

    code = "error"

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after

    def bare(self) -> Self:
        """Return the same error without traceback, cause and context.

        Each of them holds the frames it went through, and what is in their variables: an error
        that is kept, or raised for several callers, must not.
        """
        error = type(self).__new__(type(self), *self.args)
        error.__dict__.update(self.__dict__)
        return error


class BadRequest(AceDeskError):
    """The caller must change the request. HTTP 400."""

    code = "bad_request"


class InvalidValue(BadRequest):
    """A parameter or a value in a body is not what it may be; `detail` says which. HTTP 422."""

    code = "invalid_value"


class LinkError(BadRequest):
    """A pasted text is no Ace Stream link; `detail` is a plain sentence that says why."""

    code = "bad_link"


class NotFound(AceDeskError):
    """The named stream, engine or client does not exist. HTTP 404."""

    code = "not_found"


class Forbidden(AceDeskError):
    """Who asks may not have this; `detail` is a plain sentence that says why. HTTP 403."""

    code = "forbidden"


class Unauthorized(AceDeskError):
    """Who asks must have a token, and has none. HTTP 401."""

    code = "unauthorized"


class WrongToken(Unauthorized):
    """The token of who asks opens nothing. HTTP 401."""

    code = "wrong_token"


class TooManyRequests(AceDeskError):
    """Who asks does so too often; `retry_after` says when again. HTTP 429."""

    code = "too_many_requests"


class BusyReason(enum.Enum):
    """Why a request has to wait."""

    NO_ENGINE = "no_engine"
    MAX_CAPACITY = "max_capacity"
    STARTING = "starting"
    VPN_DISCONNECTED = "vpn_disconnected"
    CIRCUIT_BREAKER = "circuit_breaker"
    MEMORY = "memory"
    MAX_STREAMS = "max_streams"
    MAX_VIEWERS = "max_viewers"
    BUFFERING = "buffering"
    SHUTTING_DOWN = "shutting_down"


class Busy(AceDeskError):
    """Come back in `retry_after` seconds. HTTP 503 with Retry-After."""

    def __init__(self, reason: BusyReason, detail: str = "", *, retry_after: float = 5.0) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.reason = reason
        self.code = reason.value


class NoSpareEngine(AceDeskError):
    """Every engine plays for somebody, or none answers: none can be used alone. HTTP 503.

    Attributes:
        answering: How many engines answer, all of them in use.
    """

    code = "no_spare_engine"

    def __init__(self, answering: int) -> None:
        super().__init__()
        self.answering = answering


class SameContent(AceDeskError):
    """The content runs already under another key: who asks again gets that stream. HTTP 503."""

    code = "same_content"


class LoopingStream(AceDeskError):
    """The content was stopped as a looping broadcast and is not played again. HTTP 422."""

    code = "looping_stream"


class EngineError(AceDeskError):
    """This engine cannot; another one may. HTTP 502 when none is left."""

    code = "engine_error"


class EngineUnreachable(EngineError):
    """No connection to the engine, or it broke off. HTTP 502."""

    code = "engine_unreachable"


class EngineRemoved(EngineUnreachable):
    """The engine was removed while it played. HTTP 502."""

    code = "engine_removed"


class EngineStopped(EngineUnreachable):
    """The engine's container was stopped, or ended, while it played. HTTP 502.

    Attributes:
        cause: Why it ended, as part of a sentence; `detail` may say more, such as what is done.
    """

    code = "engine_stopped"

    def __init__(self, detail: str = "", *, cause: str = "") -> None:
        super().__init__(detail)
        self.cause = cause or detail


class EngineEnded(EngineUnreachable):
    """The engine ended the stream by itself: the media came to an orderly end. HTTP 502."""

    code = "engine_ended"


class EngineLeft(EngineUnreachable):
    """The user let the stream go on with another engine. HTTP 502."""

    code = "engine_left"


class CarriedElsewhere(EngineError):
    """Another AceDesk carries the content, too; the stream goes on with that."""

    code = "carried_elsewhere"


class EngineRefused(EngineError):
    """The engine answered no. `detail` is the engine's own text and is not trusted. HTTP 502."""

    code = "engine_refused"


class EngineTooSlow(EngineError):
    """The engine did not answer, or sent no media, before the deadline. HTTP 504."""

    code = "engine_too_slow"


class NotLive(EngineError):
    """The content is a file, not a broadcast: it is passed through, never shared."""

    code = "not_live"


class EngineNoPicture(EngineError):
    """The tables of its stream promise video, sound comes, and no video does. HTTP 502."""

    code = "engine_no_picture"


class EngineStalled(EngineError):
    """A running session delivered no bytes for `stall_timeout`. HTTP 504."""

    code = "engine_stalled"


class EngineAnswerInvalid(EngineError):
    """The engine answered something that is not its protocol. HTTP 502."""

    code = "engine_answer_invalid"


class EngineSilent(EngineTooSlow):
    """What listens at the engine's address takes the connection and does not answer. HTTP 504."""

    code = "engine_silent"


class NotAnEngine(EngineAnswerInvalid):
    """What answers at the engine's address is no Ace Stream engine. HTTP 502."""

    code = "not_an_engine"


class RuntimeState(enum.Enum):
    """What can be said about Docker on this computer.

    NO_PERMISSION: its socket may not be opened.  CLOSED_FOLDER: nor may the folder of the socket.
    NOT_ANSWERING: it takes connections and is silent.  NOT_DOCKER: something else answers there.
    WRONG_VERSION: we have no version of its API in common.  REFUSED: it, or a proxy before it,
    takes no requests from us.  PODMAN_STOPPED: Podman is here, but nothing listens for it.
    UNSUPPORTED: it is named by an address of a kind that we cannot speak.
    PODMAN_MISSING: the settings name it, and it is not installed.  PODMAN_FORBIDDEN: its socket may
    not be opened.  PODMAN_MACHINE: its virtual machine is not started.

    Of a Docker on another computer. HOST_AWAY: nothing answers there.  HOST_DOCKER_STOPPED,
    HOST_FORBIDDEN, HOST_WITHOUT_DOCKER: the computer answers, but its Docker is stopped, closed to
    the user there, or missing.  SSH_MISSING: there is no ssh here.  SSH_KEY_REFUSED: none of our
    keys is taken.  SSH_HOST_UNKNOWN, SSH_HOST_CHANGED: its own key is not the one that we know.
    SSH_FAILED: ssh says something else.  CERTIFICATE_FILES: ours cannot be read.
    CERTIFICATE_UNKNOWN, CERTIFICATE_EXPIRED, CERTIFICATE_NAME: its certificate is not signed by the
    authority that we know, out of date, or for another name.  CERTIFICATE_REFUSED: it takes not
    ours.
    """

    READY = "ready"
    NOT_INSTALLED = "not_installed"
    NOT_RUNNING = "not_running"
    NO_PERMISSION = "no_permission"
    WRONG_CONTEXT = "wrong_context"
    CLOSED_FOLDER = "closed_folder"
    PODMAN_STOPPED = "podman_stopped"
    NOT_ANSWERING = "not_answering"
    NOT_DOCKER = "not_docker"
    WRONG_VERSION = "wrong_version"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    PODMAN_MISSING = "podman_missing"
    PODMAN_FORBIDDEN = "podman_forbidden"
    PODMAN_MACHINE = "podman_machine"
    HOST_AWAY = "host_away"
    HOST_DOCKER_STOPPED = "host_docker_stopped"
    HOST_FORBIDDEN = "host_forbidden"
    HOST_WITHOUT_DOCKER = "host_without_docker"
    SSH_MISSING = "ssh_missing"
    SSH_KEY_REFUSED = "ssh_key_refused"
    SSH_HOST_UNKNOWN = "ssh_host_unknown"
    SSH_HOST_CHANGED = "ssh_host_changed"
    SSH_FAILED = "ssh_failed"
    CERTIFICATE_FILES = "certificate_files"
    CERTIFICATE_UNKNOWN = "certificate_unknown"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NAME = "certificate_name"
    CERTIFICATE_REFUSED = "certificate_refused"


# Docker or Podman is installed and only has to be started.
STARTABLE: Final = frozenset({RuntimeState.NOT_RUNNING, RuntimeState.PODMAN_STOPPED})


class RuntimeUnavailable(AceDeskError):
    """Docker is missing, stopped, forbidden, silent, or not what we understand. HTTP 503.

    Attributes:
        target: What a command that helps is about: how ssh gets to the computer, a folder; "" for
            none.
    """

    code = "runtime_unavailable"

    def __init__(self, state: RuntimeState, detail: str = "", *, target: str = "") -> None:
        super().__init__(detail, retry_after=10.0)
        self.state = state
        self.target = target


class OrchestratorTrouble(enum.Enum):
    """What is wrong with the orchestrator on another address.

    SILENT: no connection, or no answer in time.  REFUSED: it wants another key.
    FAILING: it answers with errors.  INVALID: what answers there is no orchestrator.
    PAUSED: it failed so often that it is asked again only in a while.
    """

    SILENT = "silent"
    REFUSED = "refused"
    FAILING = "failing"
    INVALID = "invalid"
    PAUSED = "paused"


class OrchestratorUnavailable(AceDeskError):
    """The orchestrator on another address cannot be used now; `detail` is part of a sentence."""

    code = "orchestrator_unavailable"

    def __init__(self, trouble: OrchestratorTrouble, detail: str = "") -> None:
        super().__init__(detail, retry_after=5.0)
        self.trouble = trouble


class OrchestratorRejected(AceDeskError):
    """The orchestrator does not take one thing that it was told; it works otherwise."""

    code = "orchestrator_rejected"


class DockerNotStarted(AceDeskError):
    """Docker was to be started and was not; `detail` says why."""

    code = "docker_not_started"


class ContainerError(AceDeskError):
    """One container operation failed: image missing, name or port taken, container gone.

    Attributes:
        operation: "pull", "create", "start", "stop", "restart", "remove", "inspect", "log"
            or "wait".
        option: The option of the container that Docker's host lacks
            (`acedesk.containers.runtime.ContainerOption`), "" when it failed for something else.
        reason: Why, as part of a sentence; `detail` may say more, such as the end of a log.
    """

    code = "container_error"

    def __init__(self, operation: str, detail: str, *, option: str = "", reason: str = "") -> None:
        super().__init__(detail)
        self.operation = operation
        self.option = option
        self.reason = reason or detail


class SettingsError(AceDeskError):
    """One setting has a value it may not have; shown beside its field."""

    code = "bad_setting"

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.value = value
        self.reason = reason


class PortInUse(AceDeskError):
    """The proxy cannot listen.

    Attributes:
        holder: "java (pid 4120)" where that can be known, else None.
        next_free: The next port that is free, None when none was found.
    """

    code = "port_in_use"

    def __init__(
        self, host: str, port: int, *, holder: str | None = None, next_free: int | None = None
    ) -> None:
        super().__init__(f"{host}:{port}")
        self.host = host
        self.port = port
        self.holder = holder
        self.next_free = next_free


class ListenProblem(enum.Enum):
    """Why an address cannot be listened on.

    NO_ADDRESS: This computer does not have it.  NOT_ALLOWED: The port needs other rights.
    """

    NO_ADDRESS = "no_address"
    NOT_ALLOWED = "not_allowed"
    OTHER = "other"


class CannotListen(AceDeskError):
    """The address cannot be listened on, whoever else uses it; `detail` is the system's word.

    Attributes:
        next_free: A port that may be listened on, None when another port would not help.
    """

    code = "cannot_listen"

    def __init__(
        self,
        host: str,
        port: int,
        problem: ListenProblem,
        detail: str = "",
        *,
        next_free: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.host = host
        self.port = port
        self.problem = problem
        self.next_free = next_free


class DataDirInUse(AceDeskError):
    """Another AceDesk uses the same data folder."""

    code = "data_dir_in_use"


class NotRunning(AceDeskError):
    """A command needs a running AceDesk, and there is none."""

    code = "not_running"


class NotAnswering(NotRunning):
    """The AceDesk that a command needs runs, but does not answer; `detail` says where."""

    code = "not_answering"


class StorageProblem(enum.Enum):
    """Why a file could not be read or written.

    FULL: the disk is full. FORBIDDEN: this user may not, or nobody may (read-only). NEWER: a newer
    AceDesk has written it, and this one would spoil it.
    """

    FULL = "full"
    FORBIDDEN = "forbidden"
    NEWER = "newer"
    OTHER = "other"


class StorageError(AceDeskError):
    """A file could not be read or written; `detail` says which.

    Attributes:
        problem: Why, as far as it is known.
    """

    code = "storage_error"

    def __init__(self, detail: str = "", problem: StorageProblem = StorageProblem.OTHER) -> None:
        super().__init__(detail)
        self.problem = problem


class VpnAnswerInvalid(AceDeskError):
    """Gluetun's control server answered something that is not its protocol."""

    code = "vpn_answer_invalid"


class PlayerError(AceDeskError):
    """A media player could not be started."""

    code = "player_error"
