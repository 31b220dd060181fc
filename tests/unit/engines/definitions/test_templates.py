"""Definitions under names: kept, found, used, replaced and taken out."""

import pytest

from acedesk.engines.definitions.templates import (
    put_template,
    template_of,
    templates,
    values_of,
    with_template,
    without_template,
)
from acedesk.errors import NotFound
from acedesk.settings import Settings

SMALL = "Small: image=a/b memory=512 arguments='--live-cache-type memory'"
TWO = Settings(engine_templates=(SMALL, "Other: image=c/d"))


def test_a_template_holds_with_the_defaults_of_what_it_does_not_name() -> None:
    before = TWO.changed({"engine_cpus": 2.0, "grace": 7.0})

    after = with_template(before, "Small")

    assert (after.engine_image, after.engine_memory) == ("a/b", 512)
    assert after.engine_arguments == "--live-cache-type memory"
    assert (after.engine_cpus, after.grace) == (0.0, 7.0)


def test_what_holds_can_be_kept_and_used_again() -> None:
    values = {
        "engine_image": "a/b:1",
        "engine_arguments": "--name 'a b' --x=\"y\"",
        "engine_environment": ("A=b c", "D=e"),
        "engine_port": 7000,
        "engine_cpus": 1.5,
        "engine_cache": 64,
    }
    settings = Settings().changed(values)

    kept = Settings(engine_templates=put_template(settings, template_of(settings, "Mine")))

    used = with_template(kept, "Mine")
    assert {name: getattr(used, name) for name in values} == values


def test_one_of_the_same_name_is_replaced_in_its_place() -> None:
    changed = TWO.changed({"engine_image": "e/f"})

    texts = put_template(changed, template_of(changed, "Small"))

    assert texts == ("Small: image=e/f", "Other: image=c/d")


def test_one_can_be_taken_out() -> None:
    left = TWO.changed({"engine_templates": without_template(TWO, "Small")})

    assert [one.name for one in templates(left)] == ["Other"]


def test_only_what_differs_from_the_defaults_is_kept() -> None:
    assert set(template_of(Settings(), "Plain").values) == {"engine_image"}
    assert values_of(template_of(Settings(), "Plain"))["engine_port"] == 6878


def test_one_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match="Huge"):
        with_template(TWO, "Huge")
