"""Definitions and their hashes."""

import dataclasses

import pytest

from acedesk.engines.definitions.definition import EngineDefinition

ENGINE = EngineDefinition(image="a/b", port=6878)


@pytest.mark.parametrize(
    "change",
    [
        {"image": "a/c"},
        {"arguments": ("--x",)},
        {"environment": {"A": "b"}},
        {"port": 1},
        {"platform": "linux/arm64"},
        {"memory": 1},
        {"cpus": 1.0},
        {"tmpfs": {"/a": "rw"}},
    ],
)
def test_whatever_makes_engines_differ_is_in_the_hash(change: dict[str, object]) -> None:
    assert dataclasses.replace(ENGINE, **change).hash != ENGINE.hash  # type: ignore[arg-type]


def test_warnings_and_the_order_of_variables_make_no_difference() -> None:
    one = dataclasses.replace(ENGINE, environment={"A": "1", "B": "2"}, warnings=("Careful.",))
    other = dataclasses.replace(ENGINE, environment={"B": "2", "A": "1"})

    assert one.hash == other.hash
    assert len(one.hash) == 16
