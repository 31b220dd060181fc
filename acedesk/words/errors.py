"""Sentences for people: every error as what happened, why, what AceDesk does, what you can do.

The command line, the HTTP errors and the windows all take their words from here, so that the
same thing has the same name everywhere.
"""

import dataclasses

from acedesk.errors import (
    AceDeskError,
    BadRequest,
    Busy,
    BusyReason,
    CannotListen,
    CarriedElsewhere,
    ContainerError,
    DataDirInUse,
    DockerNotStarted,
    EngineAnswerInvalid,
    EngineEnded,
    EngineLeft,
    EngineNoPicture,
    EngineRefused,
    EngineRemoved,
    EngineSilent,
    EngineStalled,
    EngineStopped,
    EngineTooSlow,
    EngineUnreachable,
    Forbidden,
    ListenProblem,
    LoopingStream,
    NoSpareEngine,
    NotAnEngine,
    NotAnswering,
    NotFound,
    NotLive,
    NotRunning,
    OrchestratorRejected,
    OrchestratorTrouble,
    OrchestratorUnavailable,
    PlayerError,
    PortInUse,
    RuntimeState,
    RuntimeUnavailable,
    SameContent,
    SettingsError,
    StorageError,
    StorageProblem,
    TooManyRequests,
    Unauthorized,
    VpnAnswerInvalid,
    WrongToken,
)
from acedesk.model.host import join_port
from acedesk.model.sharing.trouble import SharingUnavailable
from acedesk.values import frozen_value
from acedesk.words import sharing


@frozen_value(kw_only=False)
class Explanation:
    """One error for people.

    Attributes:
        what: What happened, a sentence.
        why: The cause as far as known, "" when nothing can be said.
        now: What AceDesk does about it, "" when nothing.
        action: What the reader can do, "" when nothing.
        command: A command for a terminal that does it, "" when there is none. Windows show it
            apart from the sentences, to be copied.
    """

    what: str
    why: str = ""
    now: str = ""
    action: str = ""
    command: str = ""

    @property
    def line(self) -> str:
        """All of it in one line, for terminals and programs; windows say `sentences`."""
        return " ".join(part for part in (self.what, self.why, self.now, self.advice) if part)

    @property
    def reason(self) -> str:
        """What happened and why, for a log."""
        return " ".join(part for part in (self.what, self.why) if part)

    @property
    def sentences(self) -> str:
        """All of it but the command, which windows keep behind Details."""
        return " ".join(part for part in (self.what, self.why, self.now, self.action) if part)

    @property
    def advice(self) -> str:
        """What the reader can do, with the command."""
        command = f"Command: “{self.command}”." if self.command else ""
        return " ".join(part for part in (self.action, command) if part)


RUNTIME = {
    RuntimeState.NOT_INSTALLED: Explanation(
        "Docker is not installed on this computer.",
        action="Install Docker, or use an engine on another address (Settings, Engines).",
    ),
    RuntimeState.NOT_RUNNING: Explanation(
        "Docker is installed but not running.",
        now="AceDesk continues by itself as soon as it runs.",
        action="Start Docker.",
    ),
    RuntimeState.NO_PERMISSION: Explanation(
        "Your user may not use Docker yet.",
        action="Add your user to the group “docker”, then log out and in again.",
        command="sudo usermod -aG docker $USER",
    ),
    RuntimeState.CLOSED_FOLDER: Explanation(
        "Docker's socket lies in a folder that your user may not open.",
        action="Start Docker or Podman for your own user, or name another socket in DOCKER_HOST.",
    ),
    RuntimeState.PODMAN_STOPPED: Explanation(
        "Podman is installed, but its service is not started.",
        now="AceDesk continues by itself as soon as it runs.",
        action="Start Podman's service for your user.",
        command="systemctl --user enable --now podman.socket",
    ),
    RuntimeState.WRONG_CONTEXT: Explanation(
        "Docker is looked for at an address where nothing answers.",
        action="Correct or unset DOCKER_HOST where it is set, else choose another context.",
        command="docker context ls",
    ),
    RuntimeState.NOT_ANSWERING: Explanation(
        "Docker takes connections and does not answer.",
        now="AceDesk asks again by itself.",
        action="Restart Docker if this lasts.",
    ),
    RuntimeState.NOT_DOCKER: Explanation(
        "What answers at Docker's address is not Docker.",
        action="Check DOCKER_HOST and Docker's contexts.",
        command="docker context ls",
    ),
    RuntimeState.UNSUPPORTED: Explanation(
        "AceDesk cannot speak to a Docker at an address of this kind.",
        action="Name Docker's socket or a tcp:// address in DOCKER_HOST.",
    ),
    RuntimeState.WRONG_VERSION: Explanation(
        "AceDesk and this Docker have no common version of Docker's API.",
        action="Update Docker, or AceDesk where Docker is the newer one.",
    ),
    RuntimeState.REFUSED: Explanation(
        "Docker takes no requests from AceDesk.",
        action="Check DOCKER_HOST, its certificates, and what a proxy before Docker allows: "
        "containers, images, events and changes are needed.",
    ),
    RuntimeState.PODMAN_MISSING: Explanation(
        "Podman is not installed on this computer.",
        action="Install Podman, or remove this host.",
    ),
    RuntimeState.PODMAN_FORBIDDEN: Explanation(
        "Your user may not use this Podman.",
        action="Start Podman's service for your own user and use that one.",
        command="systemctl --user enable --now podman.socket",
    ),
    RuntimeState.PODMAN_MACHINE: Explanation(
        "Podman's virtual machine is not started.",
        now="AceDesk continues by itself as soon as it runs.",
        action="Start it in Podman Desktop or in a terminal.",
        command="podman machine start",
    ),
    RuntimeState.HOST_AWAY: Explanation(
        "The computer with this Docker cannot be reached.",
        now="AceDesk asks again by itself; engines on other computers go on.",
        action="See that it is switched on, on the network, and takes connections.",
    ),
    RuntimeState.HOST_DOCKER_STOPPED: Explanation(
        "Docker does not run on this host.",
        now="AceDesk continues by itself as soon as it runs.",
        action="Start Docker, or Podman's service, there.",
        command="sudo systemctl start docker",
    ),
    RuntimeState.HOST_FORBIDDEN: Explanation(
        "The user on the other computer may not use its Docker.",
        now="AceDesk asks again by itself.",
        action="Add that user to the group “docker” there.",
        command="ssh -t {target} sudo usermod -aG docker \\$USER",
    ),
    RuntimeState.HOST_WITHOUT_DOCKER: Explanation(
        "The other computer has no docker command for this user.",
        action="Install Docker there, or see that the command is found when ssh runs it.",
        command="ssh {target} docker version",
    ),
    RuntimeState.SSH_MISSING: Explanation(
        "The program ssh is not installed on this computer.",
        action="Install it: openssh-client on Debian and Ubuntu, OpenSSH among Windows' features.",
    ),
    RuntimeState.SSH_KEY_REFUSED: Explanation(
        "The other computer takes none of your ssh keys.",
        now="AceDesk asks again by itself.",
        action="Put your key there; one with a passphrase must be in the ssh agent.",
        command="ssh-copy-id {target}",
    ),
    RuntimeState.SSH_HOST_UNKNOWN: Explanation(
        "The other computer's ssh key is not known yet.",
        now="AceDesk asks again by itself.",
        action="Connect once in a terminal, compare the key and accept it.",
        command="ssh {target}",
    ),
    RuntimeState.SSH_HOST_CHANGED: Explanation(
        "The other computer has another ssh key than before; it may be another computer.",
        now="Nothing is sent there.",
        action="If it was set up anew, connect in a terminal: ssh says how to forget the old key.",
        command="ssh {target}",
    ),
    RuntimeState.SSH_FAILED: Explanation(
        "The ssh connection to the other computer failed.",
        now="AceDesk asks again by itself.",
        action="Try it in a terminal.",
        command="ssh {target} docker version",
    ),
    RuntimeState.CERTIFICATE_FILES: Explanation(
        "The certificates for this Docker cannot be read.",
        action="Put ca.pem, cert.pem and key.pem into the folder of this host, readable for you.",
    ),
    RuntimeState.CERTIFICATE_UNKNOWN: Explanation(
        "This Docker's certificate is not signed by the authority in ca.pem.",
        now="Nothing is sent there.",
        action="Copy the ca.pem that its certificate was made with into the folder of this host.",
    ),
    RuntimeState.CERTIFICATE_EXPIRED: Explanation(
        "This Docker's certificate is out of date.",
        now="Nothing is sent there; AceDesk asks again by itself.",
        action="Make a new certificate on that computer; see that the clocks of both are right.",
    ),
    RuntimeState.CERTIFICATE_NAME: Explanation(
        "This Docker's certificate is for another name.",
        now="Nothing is sent there.",
        action="Use the name or address that is in the certificate, or add this one to it.",
    ),
    RuntimeState.CERTIFICATE_REFUSED: Explanation(
        "This Docker does not take AceDesk's certificate.",
        action="Make cert.pem and key.pem anew, signed by the authority that this Docker knows.",
    ),
}


def runtime_words(state: RuntimeState, target: str = "") -> Explanation:
    """Return the words for a Docker that cannot be used, its command with what it is about.

    Args:
        target: As `RuntimeUnavailable.target`; a command that needs one is left out without.
    """
    words = RUNTIME.get(state, Explanation("Docker cannot be used."))
    if "{target}" not in words.command:
        return words
    command = words.command.replace("{target}", target) if target else ""
    return dataclasses.replace(words, command=command)


STORAGE = {
    StorageProblem.FULL: Explanation(
        "The disk is full.", action="Make room on it, then try again."
    ),
    StorageProblem.FORBIDDEN: Explanation(
        "AceDesk may not use a file or folder.",
        action="Allow it to your user, or choose another place.",
    ),
    StorageProblem.NEWER: Explanation(
        "This data folder belongs to a newer AceDesk.",
        action="Start the newer one, or give this one a folder of its own.",
        command="acedesk --data-dir FOLDER",
    ),
}

_ORCHESTRATOR = {
    OrchestratorTrouble.SILENT: ("The orchestrator does not answer.", "Check its address."),
    OrchestratorTrouble.REFUSED: (
        "The orchestrator does not let AceDesk in.",
        "Enter its key under Settings, Engines.",
    ),
    OrchestratorTrouble.FAILING: ("The orchestrator answers with errors.", "Its log tells more."),
    OrchestratorTrouble.INVALID: (
        "What answers at the orchestrator's address is no orchestrator.",
        "Check its address.",
    ),
    OrchestratorTrouble.PAUSED: ("The orchestrator does not answer.", "Check its address."),
}

_BUSY = {
    BusyReason.NO_ENGINE: Explanation(
        "No engine is running.", action="Add an engine on the Engines page."
    ),
    BusyReason.MAX_CAPACITY: Explanation(
        "All engines are busy.", action="Stop a stream or add an engine."
    ),
    BusyReason.STARTING: Explanation(
        "The engine is still starting.", action="Try again in a moment."
    ),
    BusyReason.VPN_DISCONNECTED: Explanation(
        "Nothing can be started through the VPN now.", action="The VPN page tells more."
    ),
    BusyReason.CIRCUIT_BREAKER: Explanation(
        "New engines failed several times in a row.", now="AceDesk waits before it tries again."
    ),
    BusyReason.MEMORY: Explanation(
        "The memory for buffers is used up.", action="Stop a stream or raise the limit in Settings."
    ),
    BusyReason.MAX_STREAMS: Explanation(
        "As many streams play as are allowed.",
        action="Stop a stream or raise the limit in Settings.",
    ),
    BusyReason.MAX_VIEWERS: Explanation(
        "This stream has as many viewers as are allowed.",
        action="Disconnect a viewer or raise the limit in Settings.",
    ),
    BusyReason.BUFFERING: Explanation(
        "The stream is starting and has no picture yet.", action="Try again in a moment."
    ),
    BusyReason.SHUTTING_DOWN: Explanation("AceDesk is closing."),
}


_NO_TOKEN = Explanation(
    "Devices on the network need a token, and this one brings none.",
    action="In AceDesk, copy the address again: it has one. For other programs make one, or let "
    "this device in without: Settings, Network.",
    command="acedesk tokens add NAME",
)
_WRONG_TOKEN = Explanation(
    "This token opens nothing: it was revoked, or is not written right.",
    action="In AceDesk, copy the address again, or make another token.",
    command="acedesk tokens add NAME",
)

# Mostly nobody shares the content any more, or only at other times.
_TRY: dict[type[AceDeskError], str] = {
    EngineRefused: "Try again later, or another link.",
    EngineTooSlow: "Try again later, or another link.",
}


def explain(error: BaseException) -> Explanation:
    """Return the words for `error`; an unexpected exception becomes "a bug in AceDesk"."""
    match error:
        case RuntimeUnavailable():
            words = runtime_words(error.state, error.target)
            return _with_why(words, _sentence(error.detail))
        case Busy():
            return _with_why(_BUSY[error.reason], error.detail)
        case PortInUse():
            return _port(error)
        case CannotListen():
            return _cannot_listen(error)
        case StorageError() if error.problem in STORAGE:
            return _with_why(STORAGE[error.problem], _sentence(error.detail))
        case SettingsError():
            return Explanation(f"The setting {error.field} {error.reason}.")
        case NoSpareEngine():
            return _no_spare(error)
        case BadRequest():
            return Explanation(error.detail or "The request is not valid.")
        case AceDeskError():
            return _other(error)
        case _:
            return Explanation(
                "AceDesk has a bug.", f"{type(error).__name__}: {error}".rstrip(":. ") + "."
            )


def _with_why(words: Explanation, why: str) -> Explanation:
    return dataclasses.replace(words, why=why) if why else words


def _sentence(detail: str) -> str:
    """Return a detail as a sentence; one that begins with an address keeps its first letter."""
    if not detail:
        return ""
    begin = detail[:1] if "://" in detail.partition(" ")[0] else detail[:1].upper()
    return f"{begin}{detail[1:]}{'' if detail.endswith(('.', '!', '?')) else '.'}"


def _no_spare(error: NoSpareEngine) -> Explanation:
    if not error.answering:
        return Explanation(
            "There is no engine to test with.", action="Add an engine on the Engines page."
        )
    playing = "The engine plays" if error.answering == 1 else "All engines play"
    return Explanation(
        "No engine is free for a test.",
        f"{playing} for somebody, and a test would disturb that.",
        action="Add an engine, or test again when a stream has ended.",
    )


def _port(error: PortInUse) -> Explanation:
    holder = f" by {error.holder}" if error.holder else ""
    free = f"Port {error.next_free} is free." if error.next_free else ""
    return Explanation(f"Port {error.port} on {error.host} is in use{holder}.", action=free)


def _cannot_listen(error: CannotListen) -> Explanation:
    match error.problem:
        case ListenProblem.NO_ADDRESS:
            return Explanation(
                f"This computer does not have the address {error.host} now.",
                "Addresses change with the network a computer is in.",
                action="Serve this computer only (127.0.0.1), or choose another address.",
            )
        case ListenProblem.NOT_ALLOWED:
            free = f"Port {error.next_free} is free." if error.next_free else "Choose another."
            return Explanation(
                f"Port {error.port} needs the rights of an administrator.", action=free
            )
        case ListenProblem.OTHER:
            return Explanation(
                f"AceDesk cannot listen on {join_port(error.host, error.port)}.",
                f"{error.detail}." if error.detail else "",
                action="Choose another address or port.",
            )


def terminal_hint(error: BaseException) -> str:
    """Return which option of the command line helps, "" for none; windows have buttons instead."""
    match error:
        case PortInUse(next_free=int(port)) | CannotListen(next_free=int(port)):
            return f"Use --port {port}."
        case CannotListen(problem=ListenProblem.NO_ADDRESS):
            return "Use --host 127.0.0.1."
        case _:
            return ""


def _orchestrator(error: OrchestratorUnavailable) -> Explanation:
    silent = _ORCHESTRATOR[OrchestratorTrouble.SILENT]
    what, action = _ORCHESTRATOR.get(error.trouble, silent)
    now = "AceDesk goes on with the engines it knows, and asks again by itself."
    return Explanation(what, _sentence(error.detail), now, action)


def _other(error: AceDeskError) -> Explanation:
    if isinstance(error, OrchestratorUnavailable):
        return _orchestrator(error)
    if isinstance(error, SharingUnavailable):
        said, action = sharing.TROUBLES[error.trouble]
        return Explanation(said, _sentence(error.detail), sharing.NOW, action)
    if isinstance(error, Unauthorized):
        return _WRONG_TOKEN if isinstance(error, WrongToken) else _NO_TOKEN
    why = _sentence(error.detail)
    what = {
        Forbidden: "This is not allowed.",
        NotFound: "There is nothing under this name.",
        TooManyRequests: "Too many requests come from this address.",
        SameContent: "This is a stream that plays already under another link.",
        LoopingStream: "This broadcast repeats itself and is not played again.",
        EngineUnreachable: "The engine cannot be reached.",
        EngineRemoved: "The engine was removed.",
        EngineStopped: "The engine was stopped.",
        EngineEnded: "The engine ended the stream.",
        EngineLeft: "The stream was moved to another engine.",
        CarriedElsewhere: "Another AceDesk plays this stream, too.",
        EngineRefused: "The engine refused this stream.",
        NotLive: "This is a video file, not a broadcast.",
        EngineTooSlow: "The stream did not start in time.",
        EngineStalled: "The engine stopped sending.",
        EngineNoPicture: "The engine sends sound and no picture.",
        EngineSilent: "The engine does not answer.",
        NotAnEngine: "There is no Ace Stream engine at this address.",
        EngineAnswerInvalid: "The engine gave an answer that makes no sense.",
        DataDirInUse: "Another AceDesk uses the same data folder.",
        NotRunning: "AceDesk is not running.",
        NotAnswering: "AceDesk runs, but does not answer.",
        StorageError: "A file could not be read or written.",
        DockerNotStarted: "Docker could not be started.",
        OrchestratorRejected: "The orchestrator does not take this.",
        PlayerError: "The player could not be started.",
        VpnAnswerInvalid: "The VPN's control server gave an answer that makes no sense.",
    }.get(type(error))
    if isinstance(error, ContainerError):
        why = _sentence(error.reason)
        done = (
            "download the image"
            if error.operation == "pull"
            else f"{error.operation} the container"
        )
        what = f"Docker could not {done}."
    return Explanation(what or "Something went wrong.", why, action=_TRY.get(type(error), ""))
