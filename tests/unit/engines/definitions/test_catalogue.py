"""The data file of images: that all of it can be used, and which image a name means."""

import re
import shlex

import pytest

from acedesk.engines.definitions.catalogue import Variant, catalogue, read
from acedesk.engines.definitions.engine_options import warn_of_arguments
from acedesk.model.host import AMD64, ARM64, ARM_V7
from acedesk.settings import checks, default

CATALOGUE = catalogue()
IMAGES = pytest.mark.parametrize("image", CATALOGUE.images, ids=lambda image: image.name)


@IMAGES
def test_every_image_can_be_pulled_and_reached(image) -> None:  # type: ignore[no-untyped-def]
    for reference in (image.reference, *image.also, *(one.pulled for one in image.variants)):
        assert not checks.image_problem(reference)
    assert {one.platform for one in image.variants} <= {AMD64, ARM64, ARM_V7}
    assert image.variants
    for port in (image.port, image.p2p_port, *image.other_ports):
        assert 0 < port < 65536


@IMAGES
def test_every_image_is_told_only_what_its_engine_takes(image) -> None:  # type: ignore[no-untyped-def]
    assert not warn_of_arguments(shlex.split(image.arguments), image.options)
    assert not image.state_dir or image.state_dir.startswith("/")
    for name in image.environment:
        assert not checks.variable_problem(f"{name}=x")


@IMAGES
def test_every_image_says_what_it_is(image) -> None:  # type: ignore[no-untyped-def]
    assert image.title
    assert image.engine
    assert image.note.endswith(".")


def test_names_and_references_are_unique() -> None:
    names = [one.name for one in CATALOGUE.images]
    references = [ref for one in CATALOGUE.images for ref in (one.reference, *one.also)]

    assert len(set(names)) == len(names)
    assert len(set(references)) == len(references)


def test_the_default_comes_first_and_every_stand_in_is_for_its_processor() -> None:
    assert CATALOGUE.images[0].reference == default("engine_image")
    for platform, name in CATALOGUE.default_for.items():
        image = CATALOGUE.named(name)
        assert image is not None
        assert image.variant(platform) is not None


def test_options_are_written_with_their_dashes_and_in_one_list_only() -> None:
    for image in CATALOGUE.images:
        options = image.options
        assert not options.switches & options.values
        assert all(re.fullmatch("--[a-z0-9-]+", one) for one in options.switches | options.values)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("ghcr.io/martinbjeldbak/acestream-http-proxy", "acestream-http-proxy"),
        ("ghcr.io/martinbjeldbak/acestream-http-proxy:v3.2.0", "acestream-http-proxy"),
        ("martinbjeldbak/acestream-http-proxy@sha256:" + "a" * 64, "acestream-http-proxy"),
        ("jopsis/acestream:arm64", "aceserve"),
        ("wafy80/acestream:latest", "wafy80"),
    ],
)
def test_an_image_is_known_by_each_of_its_names(reference: str, name: str) -> None:
    found = CATALOGUE.find(reference)

    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("reference", ["", "engine:1", "localhost:5000/wafy80/acestream", "a/b"])
def test_other_images_are_not_known(reference: str) -> None:
    assert CATALOGUE.find(reference) is None
    assert CATALOGUE.named(reference) is None


def test_a_variant_with_a_digest_is_pulled_by_it() -> None:
    plain = Variant(platform=AMD64, reference="a/b:1")
    pinned = Variant(platform=AMD64, reference="a/b:1", digest="sha256:" + "0" * 64)

    assert plain.pulled == "a/b:1"
    assert pinned.pulled == "a/b:1@sha256:" + "0" * 64


@pytest.mark.parametrize("text", ["", "image = []", "[options]\n[default_for]\n[[image]]\nname=1"])
def test_what_is_no_catalogue_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        read(text)
