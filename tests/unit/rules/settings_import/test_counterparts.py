"""How single texts become settings of ours."""

import pytest

from acedesk.rules.settings_import import counterparts
from acedesk.rules.settings_import.counterparts import NoCounterpart, Read, Taken
from acedesk.settings import Settings

NOW = Settings()


def read_with(read: Read | None, text: str) -> Taken:
    assert read is not None
    return read(text, NOW)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        (":8080", "0.0.0.0", 8080),
        ("0.0.0.0:1", "0.0.0.0", 1),
        ("[::]:8080", "0.0.0.0", 8080),
        ("127.0.0.1:6878", "127.0.0.1", 6878),
        ("[::1]:80", "::1", 80),
        ("localhost:80", "localhost", 80),
    ],
)
def test_where_is_listened(text: str, host: str, port: int) -> None:
    found = counterparts.listen(text, NOW)

    assert found.values == {"host": host, "port": port}
    assert bool(found.note) == (host == "0.0.0.0")


@pytest.mark.parametrize("text", ["8080", "a:b", ":", "http://x:80", "::1", ":123456"])
def test_where_nobody_can_listen(text: str) -> None:
    with pytest.raises(ValueError, match="must be an address and a port"):
        counterparts.listen(text, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("DEBUG", "debug"), ("info", "info"), ("WARN", "warning"), ("Error", "error")],
)
def test_levels_of_the_log(text: str, expected: str) -> None:
    assert counterparts.log_level(text, NOW).values == {"log_level": expected}


def test_a_level_that_is_none() -> None:
    with pytest.raises(ValueError, match="DEBUG, INFO"):
        counterparts.log_level("loud", NOW)


def test_debugging_is_a_level_and_no_debugging_is_nothing() -> None:
    assert counterparts.debug_mode("1", NOW).values == {"log_level": "debug"}
    with pytest.raises(NoCounterpart):
        counterparts.debug_mode("no", NOW)


def test_only_a_buffer_that_is_larger_than_ours_is_taken() -> None:
    assert counterparts.buffer_size("64MiB", NOW).values == {"ring_mib": 64}
    with pytest.raises(NoCounterpart, match="32 MiB of each stream already"):
        counterparts.buffer_size("4MiB", NOW)


def test_memory_is_rounded_up_to_whole_mebibytes() -> None:
    found = counterparts.memory_limit("100000000", NOW)

    assert (found.values, "Rounded" in found.note) == ({"engine_memory": 96}, True)
    assert counterparts.memory_limit("512m", NOW) == Taken({"engine_memory": 512})


@pytest.mark.parametrize("text", ["jopsis-amd64", "jopsis-arm64", "AceServe-arm32"])
def test_variants_with_an_image_of_their_own(text: str) -> None:
    assert counterparts.engine_image(text, NOW).values == {"engine_image": "jopsis/acestream:x64"}


@pytest.mark.parametrize("text", ["krinkuto11-amd64", "custom"])
def test_variants_without_one(text: str) -> None:
    with pytest.raises(NoCounterpart):
        counterparts.engine_image(text, NOW)


def test_engines_are_in_the_vpn_where_one_is_named() -> None:
    found = counterparts.gluetun_container("vpn1", NOW)

    assert found.values == {"gluetun_container": "vpn1", "engines_in_vpn": True}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (counterparts.scheme, "https"),
        (counterparts.engine_image, "nothing"),
        (counterparts.redundant_vpn, "three"),
        (counterparts.number("max_engines").read, "2.5"),
        (counterparts.number("max_engines").read, "many"),
        (counterparts.number("max_streams_per_engine", least=1).read, "0"),
        (counterparts.seconds("loop_threshold").read, "250ms"),
        (counterparts.switch("stop_looping").read, "perhaps"),
    ],
)
def test_bad_texts_are_told(read: Read | None, text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        read_with(read, text)


@pytest.mark.parametrize(
    ("read", "text"), [(counterparts.scheme, "HTTP"), (counterparts.redundant_vpn, "single")]
)
def test_what_is_so_anyway(read: Read, text: str) -> None:
    with pytest.raises(NoCounterpart):
        read(text, NOW)


def test_numbers_have_the_type_of_their_setting() -> None:
    whole = read_with(counterparts.number("max_engines").read, "3.0").values["max_engines"]
    broken = read_with(counterparts.seconds("idle_grace").read, "30s").values["idle_grace"]

    assert (whole, type(whole), broken, type(broken)) == (3, int, 30.0, float)
