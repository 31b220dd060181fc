"""Which backend makes the next engine."""

import pathlib

import pytest

from acedesk.demo.demo_backend import DemoBackend
from acedesk.engines.backend import Backend
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.engines.backends.native_backend import NativeBackend
from acedesk.engines.backends.native_programs import ProgramFinder
from acedesk.engines.backends.static_backend import StaticBackend
from acedesk.engines.makers import choose_makers, has_something_to_make
from acedesk.model.engine import TEST_BACKEND
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime


async def _save(_values: object) -> None:
    """Nothing is saved here."""


def _all(folder: pathlib.Path) -> list[Backend]:
    finder = ProgramFinder({"PATH": str(folder), "HOME": str(folder)}, folder)
    return [
        StaticBackend(Settings, _save),
        NativeBackend(Settings, folder, finder=finder),
        DockerBackend(FakeRuntime(), Settings, InstanceFile(folder)),
        DemoBackend(TEST_BACKEND),
    ]


@pytest.mark.parametrize(
    ("source", "order"),
    [("", ["docker:local", "native"]), ("docker", ["docker:local"]), ("native", ["native"])],
)
def test_docker_comes_before_a_program_unless_one_is_chosen(
    tmp_path: pathlib.Path, source: str, order: list[str]
) -> None:
    assert [one.id for one in choose_makers(_all(tmp_path), source)] == order


def test_who_wants_simulated_engines_wants_no_others(tmp_path: pathlib.Path) -> None:
    backends = [*_all(tmp_path), DemoBackend()]

    assert [one.id for one in choose_makers(backends, "docker")] == ["demo"]


async def test_a_computer_without_a_program_has_nothing_to_make_engines_of(
    tmp_path: pathlib.Path,
) -> None:
    _, native, docker, _ = _all(tmp_path)
    await native.adopt()
    assert has_something_to_make(docker)
    assert not has_something_to_make(native)
    (tmp_path / "acestreamengine").write_text("")
    (tmp_path / "acestreamengine").chmod(0o755)

    await native.adopt()

    assert has_something_to_make(native)
