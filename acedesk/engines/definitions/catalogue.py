"""The images that AceDesk knows: the one reader of `resources/engines/images.toml`."""

import functools
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from acedesk.store.paths import resources_dir
from acedesk.values import frozen_value

FILE: Final = "engines/images.toml"


@frozen_value
class Variant:
    """One image for one kind of processor.

    Attributes:
        platform: As Docker writes it: "linux/arm64".
        reference: What is pulled.
        digest: "sha256:..." where one was checked: then exactly that is pulled.
        variable: The environment variable that takes the arguments, "" where the command does.
        small_pages: It crashes on kernels with pages of 16 KiB.
    """

    platform: str
    reference: str
    digest: str = ""
    variable: str = ""
    small_pages: bool = False

    @property
    def pulled(self) -> str:
        """The reference, pinned where a digest is known."""
        return f"{self.reference}@{self.digest}" if self.digest else self.reference


@frozen_value
class EngineOptions:
    """The command line options of one engine that are known; all with their dashes.

    Attributes:
        switches: Those that take no value in some builds.
        values: Those that take one.
    """

    switches: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()


@frozen_value
class CatalogueImage:
    """An image with an engine.

    Attributes:
        name: How templates and the catalogue call it.
        title, engine, note: For people: what it is called, its engine's version, what to know.
        reference: What people write; a variant may have another one.
        also: Other references of the same image.
        port: TCP port of the HTTP API inside.
        p2p_port: Where its engine listens for peers.
        other_ports: What it listens on besides.
        options: What its engine takes.
        command: What it has to be told to start; empty: it starts an engine by itself.
        arguments: What its engine needs to be told unless the user says it.
        environment: Variables it needs.
        state_dir: The engine's own folder inside, "" when unknown.
        state_user: The number of the user who owns it.
        variants: At least one.
    """

    name: str
    title: str
    engine: str
    note: str
    reference: str
    also: tuple[str, ...]
    port: int
    p2p_port: int
    other_ports: tuple[int, ...]
    options: EngineOptions
    command: str
    arguments: str
    environment: Mapping[str, str]
    state_dir: str
    state_user: int
    variants: tuple[Variant, ...]

    def variant(self, platform: str) -> Variant | None:
        """Return the variant for a platform, None when there is none."""
        return next((one for one in self.variants if one.platform == platform), None)


@frozen_value
class Catalogue:
    """All images that AceDesk knows, the default first.

    Attributes:
        default_for: Names of images by the platform on which they stand in for the default.
    """

    images: tuple[CatalogueImage, ...]
    default_for: Mapping[str, str]

    def find(self, reference: str) -> CatalogueImage | None:
        """Return the image that a reference means, whatever its tag; None for others.

        Where the tag chooses the processor, only the tags that are listed are meant.
        """
        plain = _without_tag(reference)
        for image in self.images:
            known = [image.reference, *image.also, *(one.reference for one in image.variants)]
            if reference in known or plain in known:
                return image
        return None

    def named(self, name: str) -> CatalogueImage | None:
        """Return the image with this name, None when there is none."""
        return next((one for one in self.images if one.name == name), None)


@functools.cache
def catalogue() -> Catalogue:
    """Return the catalogue; it is read once."""
    return read((resources_dir() / FILE).read_text("utf-8"))


def read(text: str) -> Catalogue:
    """Return what a catalogue's text says.

    Raises:
        ValueError, LookupError, TypeError: It is no catalogue.
    """
    raw = tomllib.loads(text)
    options = {
        name: EngineOptions(
            switches=frozenset(one["switches"]),
            values=frozenset(one["values"]),
        )
        for name, one in raw["options"].items()
    }
    images = tuple(_image(dict(one), options) for one in raw["image"])
    return Catalogue(images=images, default_for=dict(raw["default_for"]))


def _image(raw: dict[str, Any], options: Mapping[str, EngineOptions]) -> CatalogueImage:
    reference = raw["reference"]
    variants = tuple(
        Variant(**{"reference": reference, **variant}) for variant in raw.pop("variant")
    )
    made = {
        "command": "",
        "arguments": "",
        "environment": {},
        "state_dir": "",
        "state_user": 0,
        **raw,
        "also": tuple(raw.get("also", ())),
        "other_ports": tuple(raw.get("other_ports", ())),
        "options": options[raw["options"]],
    }
    return CatalogueImage(variants=variants, **made)


def _without_tag(reference: str) -> str:
    plain = reference.partition("@")[0]
    head, slash, last = plain.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"
