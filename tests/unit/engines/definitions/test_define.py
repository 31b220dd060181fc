"""What an engine is made from: image, platform, arguments, cache, for each machine."""

import pytest

from acedesk.engines.definitions.catalogue import catalogue
from acedesk.engines.definitions.define import CACHE_DIR, TMPFS, define
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.errors import BadRequest
from acedesk.model.host import Machine
from acedesk.settings import MIB, Settings, default

PC = Machine(architecture="amd64", kernel="6.1.0-28-amd64")
PI = Machine(architecture="arm64", kernel="6.6.28+rpt-rpi-v8")
PI_5 = Machine(architecture="aarch64", kernel="6.6.51+rpt-rpi-2712")
OLD_PI = Machine(architecture="arm", kernel="6.1")
DEFAULT = default("engine_image")


def made(machine: Machine = PC, **changed: object) -> EngineDefinition:
    return define(Settings().changed(changed), catalogue(), machine)


def test_the_default_is_what_earlier_versions_made() -> None:
    found = made()

    assert (found.image, found.arguments, found.port) == (DEFAULT, (), 6878)
    assert found.environment == {"ALLOW_REMOTE_ACCESS": "yes"}
    assert found.tmpfs == {"/dev/disk/by-id": "noexec,rw,size=4k"}
    assert (found.platform, found.memory, found.cpus, found.warnings) == ("", 0, 0.0, ())
    # Of engines that run: another hash would replace them all after an update.
    assert found.hash == "98dee5c685e6a112"


@pytest.mark.parametrize("machine", [Machine(), PC])
def test_nothing_depends_on_whether_the_usual_machine_is_known(machine: Machine) -> None:
    assert made(machine).hash == made().hash


@pytest.mark.parametrize(
    ("machine", "image"),
    [(PI, "jopsis/acestream:arm64"), (OLD_PI, "jopsis/acestream:arm32")],
)
def test_where_the_default_has_no_engine_for_the_processor_another_stands_in(
    machine: Machine, image: str
) -> None:
    found = made(machine)

    assert (found.image, found.platform, found.warnings) == (image, "", ())


def test_a_chosen_image_is_never_replaced_but_emulated_and_warned_of() -> None:
    found = made(PI, engine_image="wafy80/acestream")

    assert (found.image, found.platform) == ("wafy80/acestream", "linux/amd64")
    assert "no engine for the ARM processor" in found.warnings[0]


@pytest.mark.parametrize("written", ["jopsis/acestream:x64", "jopsis/acestream:arm32"])
@pytest.mark.parametrize(
    ("machine", "image"),
    [(PC, "jopsis/acestream:x64"), (PI, "jopsis/acestream:arm64")],
)
def test_the_variant_follows_the_machine(written: str, machine: Machine, image: str) -> None:
    assert made(machine, engine_image=written).image == image


@pytest.mark.parametrize(
    "written",
    [
        "ghcr.io/martinbjeldbak/acestream-http-proxy:v3.2.0",
        "docker.io/martinbjeldbak/acestream-http-proxy",
        "wafy80/acestream@sha256:" + "0" * 64,
        "somebody/engine:1",
    ],
)
def test_a_reference_of_the_users_own_is_kept(written: str) -> None:
    assert made(engine_image=written).image == written


def test_a_raspberry_pi_5_is_told_about_its_pages() -> None:
    assert made(PI).warnings == ()
    assert "kernel=kernel8.img" in made(PI_5).warnings[0]


def test_a_platform_that_was_chosen_holds() -> None:
    assert made(engine_platform="linux/arm64", engine_image="a/b").platform == "linux/arm64"
    known = made(PI, engine_platform="linux/amd64")
    assert (known.image, known.platform) == (DEFAULT, "linux/amd64")


def test_arguments_of_the_user_stand_behind_what_the_image_needs() -> None:
    found = made(engine_image="wafy80/acestream", engine_arguments="--live-buffer 20")

    assert found.arguments == (
        *("--client-console", "--bind-all", "--live-cache-type", "memory"),
        *("--live-buffer", "20"),
    )


def test_what_the_user_says_is_not_said_twice() -> None:
    text = "--client-console --live-cache-type=disk"

    assert made(engine_image="wafy80/acestream", engine_arguments=text).arguments == (
        "--bind-all",
        "--client-console",
        "--live-cache-type=disk",
    )


def test_an_image_without_a_program_is_told_one_unless_the_user_does() -> None:
    image = "ghcr.io/trexx/docker-acestream-engine"

    told = made(engine_image=image, engine_arguments="--live-buffer 20").arguments
    assert told[:2] == ("/app/start-engine", "--client-console")
    own = made(engine_image=image, engine_arguments="/bin/other --x").arguments
    assert own == ("/bin/other", "--x")


def test_arguments_go_into_the_variable_of_an_image_that_has_one() -> None:
    found = made(engine_image="jopsis/acestream:x64", engine_arguments="--live-buffer '2 0'")

    assert found.arguments == ()
    assert found.environment["ACESTREAM_ARGS"] == "--live-buffer '2 0'"


def test_a_variable_of_the_user_comes_before_that_of_the_image() -> None:
    found = made(engine_environment="ALLOW_REMOTE_ACCESS=no,EMPTY=, A=b=c")

    assert found.environment == {"ALLOW_REMOTE_ACCESS": "no", "EMPTY": "", "A": "b=c"}


def test_limits_are_in_bytes_and_processors() -> None:
    found = made(engine_memory=512, engine_cpus=1.5)

    assert (found.memory, found.cpus) == (512 * MIB, 1.5)


def test_a_cache_in_memory_lies_where_the_engine_keeps_its_files() -> None:
    known = made(engine_cache=100)

    assert known.tmpfs["/home/appuser/.ACEStream"] == "rw,mode=0755,uid=1000,gid=1000,size=100m"
    assert known.arguments == ()


@pytest.mark.parametrize("image", ["somebody/engine", "wafy80/acestream"])
def test_an_engine_whose_folder_nobody_knows_is_told_where_the_cache_is(image: str) -> None:
    found = made(engine_image=image, engine_cache=100)

    assert found.tmpfs == {**TMPFS, CACHE_DIR: "rw,mode=1777,size=100m"}
    assert found.arguments[-1] == f"--cache-dir={CACHE_DIR}"


def test_the_port_of_a_known_image_holds_unless_another_is_set() -> None:
    assert made(engine_port=7000).port == 7000
    assert made(engine_image="somebody/engine").port == 6878


def test_an_unknown_argument_is_warned_of_and_passed_on() -> None:
    found = made(engine_arguments="--live-bufer 20")

    assert found.arguments == ("--live-bufer", "20")
    assert "“--live-buffer” meant" in found.warnings[0]


def test_arguments_of_other_images_are_not_judged() -> None:
    assert made(engine_image="somebody/engine", engine_arguments="--xyzzy").warnings == ()


@pytest.mark.parametrize("image", [DEFAULT, "somebody/engine"])
def test_arguments_with_an_unfinished_quote_are_refused(image: str) -> None:
    with pytest.raises(BadRequest, match="unfinished quote"):
        made(engine_image=image, engine_arguments="--name 'two")
