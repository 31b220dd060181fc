"""Every error has a sentence for people."""

import inspect

import pytest

from acedesk import errors
from acedesk.errors import (
    AceDeskError,
    Busy,
    BusyReason,
    CannotListen,
    ListenProblem,
    OrchestratorTrouble,
    OrchestratorUnavailable,
    PortInUse,
    RuntimeState,
    StorageError,
    StorageProblem,
)
from acedesk.words.errors import RUNTIME, explain, terminal_hint


def examples() -> list[AceDeskError]:
    """Return one error of every class."""
    special: dict[type[AceDeskError], list[AceDeskError]] = {
        errors.Busy: [Busy(reason) for reason in BusyReason],
        errors.RuntimeUnavailable: [errors.RuntimeUnavailable(state) for state in RuntimeState],
        errors.ContainerError: [errors.ContainerError("start", "no such image")],
        errors.SettingsError: [errors.SettingsError("port", "x", "must be a whole number")],
        # Their detail is the sentence.
        errors.BadRequest: [errors.BadRequest("The number is missing."), errors.BadRequest()],
        errors.InvalidValue: [errors.InvalidValue("The number is too large.")],
        errors.LinkError: [errors.LinkError("This is no link.")],
        errors.PortInUse: [PortInUse("127.0.0.1", 8080)],
        errors.CannotListen: [CannotListen("::1", 80, problem) for problem in ListenProblem],
    }
    classes = [
        found
        for _, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, AceDeskError)
    ]
    return [
        error
        for found in classes
        for error in (special[found] if found in special else [found("a detail")])
    ]


@pytest.mark.parametrize("error", examples(), ids=lambda error: type(error).__name__)
def test_every_error_has_words_in_one_line(error: AceDeskError) -> None:
    line = explain(error).line

    assert line.endswith((".", "!", "?"))
    assert "\n" not in line
    assert "None" not in line


@pytest.mark.parametrize("error", examples(), ids=lambda error: type(error).__name__)
def test_every_error_has_a_code(error: AceDeskError) -> None:
    assert error.code
    assert error.code == error.code.lower()


def test_only_the_base_class_says_something_went_wrong() -> None:
    vague = {type(error) for error in examples() if explain(error).what == "Something went wrong."}

    assert vague <= {AceDeskError, errors.EngineError}


def test_an_unexpected_exception_is_called_a_bug() -> None:
    assert explain(KeyError("x")).line == "AceDesk has a bug. KeyError: 'x'."
    assert explain(RuntimeError("gone.")).line == "AceDesk has a bug. RuntimeError: gone."


@pytest.mark.parametrize("kind", [errors.EngineRefused, errors.EngineTooSlow])
def test_a_stream_that_nobody_shares_any_more_says_what_to_do(kind: type[AceDeskError]) -> None:
    told = explain(kind("failed to load content"))

    assert told.line.endswith("Failed to load content. Try again later, or another link.")


def test_a_taken_port_names_its_holder_and_the_next_free_one() -> None:
    error = PortInUse("127.0.0.1", 8080, holder="java (pid 4120)", next_free=8081)

    assert explain(error).line == (
        "Port 8080 on 127.0.0.1 is in use by java (pid 4120). Port 8081 is free."
    )
    assert terminal_hint(error) == "Use --port 8081."


@pytest.mark.parametrize("problem", list(ListenProblem))
def test_an_address_that_cannot_be_listened_on_is_told_and_what_to_do(
    problem: ListenProblem,
) -> None:
    words = explain(CannotListen("192.168.1.77", 80, problem, "that is so"))

    assert words.action
    assert "file" not in words.line
    assert "--" not in words.line


def test_a_terminal_is_told_the_option_that_helps() -> None:
    lost = CannotListen("192.168.1.77", 8080, ListenProblem.NO_ADDRESS)
    low = CannotListen("127.0.0.1", 80, ListenProblem.NOT_ALLOWED, next_free=8080)

    assert terminal_hint(lost) == "Use --host 127.0.0.1."
    assert terminal_hint(low) == "Use --port 8080."
    assert terminal_hint(KeyError()) == ""


def test_each_state_of_docker_has_its_own_sentence() -> None:
    told = [RUNTIME[state].what for state in RuntimeState if state is not RuntimeState.READY]

    assert len(set(told)) == len(told)


def test_a_command_stands_behind_the_sentences() -> None:
    told = explain(errors.RuntimeUnavailable(RuntimeState.NO_PERMISSION))

    assert "usermod" not in told.action
    assert told.command == "sudo usermod -aG docker $USER"
    assert told.line.endswith(f"{told.action} Command: “{told.command}”.")


def test_what_is_known_of_dockers_trouble_is_told() -> None:
    error = errors.RuntimeUnavailable(RuntimeState.WRONG_CONTEXT, "DOCKER_HOST says x://y")

    assert "DOCKER_HOST says x://y." in explain(error).line


def test_an_address_at_the_beginning_of_a_detail_keeps_its_case() -> None:
    error = errors.RuntimeUnavailable(RuntimeState.NO_PERMISSION, "unix:///var/run/docker.sock")

    assert explain(error).why == "unix:///var/run/docker.sock."


@pytest.mark.parametrize(
    ("problem", "what", "action"),
    [
        (StorageProblem.FULL, "The disk is full.", "Make room"),
        (StorageProblem.FORBIDDEN, "AceDesk may not use a file or folder.", "Allow it"),
        (StorageProblem.NEWER, "belongs to a newer AceDesk.", "Start the newer one"),
        (StorageProblem.OTHER, "A file could not be read or written.", ""),
    ],
)
def test_a_disk_tells_what_it_lacks_and_what_helps(
    problem: StorageProblem, what: str, action: str
) -> None:
    said = explain(StorageError("/home/me/x: no", problem))

    assert what in said.what
    assert said.why == "/home/me/x: no."
    assert action in said.action


def test_an_image_is_downloaded_and_not_pulled() -> None:
    told = explain(errors.ContainerError("pull", "the disk is full"))

    assert told.line == "Docker could not download the image. The disk is full."


@pytest.mark.parametrize("trouble", OrchestratorTrouble)
def test_an_orchestrator_that_cannot_be_used_says_what_goes_on(
    trouble: OrchestratorTrouble,
) -> None:
    words = explain(OrchestratorUnavailable(trouble, "Connection refused"))

    assert "orchestrator" in words.what
    assert words.why == "Connection refused."
    assert "asks again by itself" in words.now
    assert words.action
