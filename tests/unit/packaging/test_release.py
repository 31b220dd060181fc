"""What packaging/release decides: which version may come, what the changelog becomes."""

import hashlib
import pathlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.packaging.script import ROOT, load

release = load("release")

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A new thing.

## [0.1.0] - 2026-01-01

- The first one.
"""


def test_unreleased_becomes_the_version_and_is_empty_again() -> None:
    moved = release.move_unreleased(CHANGELOG, "0.2.0", "2026-11-29")

    assert moved == CHANGELOG.replace(
        "## [Unreleased]\n", "## [Unreleased]\n\n## [0.2.0] - 2026-11-29\n"
    )
    with pytest.raises(release.Failed, match="says nothing"):
        release.take_notes(moved)


def test_the_first_release_has_nothing_below_it() -> None:
    only = CHANGELOG.partition("## [0.1.0]")[0]

    assert release.move_unreleased(only, "0.1.0", "2026-11-29").endswith(
        "## [Unreleased]\n\n## [0.1.0] - 2026-11-29\n\n### Added\n\n- A new thing.\n"
    )


def test_links_at_the_end_stay_there() -> None:
    moved = release.move_unreleased(
        CHANGELOG.partition("## [0.1.0]")[0] + "[Unreleased]: x\n", "0.1.0", "2026-11-29"
    )

    assert moved.endswith("- A new thing.\n\n[Unreleased]: x\n")


def test_the_notes_are_what_unreleased_says() -> None:
    assert release.take_notes(CHANGELOG) == "### Added\n\n- A new thing.\n"


@pytest.mark.parametrize(
    "changelog",
    [
        "# Changelog\n",
        "# Changelog\n\n## [Unreleased]\n\n## [0.1.0]\n\n- x\n",
        "# Changelog\n\n## [Unreleased]\n\n- a\n\n## [Unreleased]\n\n- b\n",
    ],
)
def test_a_changelog_without_notes_is_refused(changelog: str) -> None:
    with pytest.raises(release.Failed, match=r"Unreleased"):
        release.take_notes(changelog)


def test_the_changelog_and_the_version_of_this_tree_can_be_read() -> None:
    assert release.read_version((ROOT / "acedesk/__init__.py").read_text("utf-8"))
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("version", "now", "tagged"),
    [
        ("0.1.0", "0.1.0", ()),
        ("0.2.0", "0.1.0", ("v0.1.0",)),
        ("0.1.1", "0.1.0", ("v0.1.0",)),
        ("0.2.0", "0.2.0rc1", ("v0.2.0rc1",)),
        ("1.0.0rc2", "1.0.0rc1", ()),
        ("0.10.0", "0.9.0", ()),
    ],
)
def test_a_new_version_may_come(version: str, now: str, tagged: tuple[str, ...]) -> None:
    release.check_version(version, now, tagged)


@pytest.mark.parametrize(
    ("version", "now", "tagged", "why"),
    [
        ("0.1.0", "0.1.0", ("v0.1.0",), "exists"),
        ("0.0.9", "0.1.0", (), "older"),
        ("0.1.0rc1", "0.1.0", (), "older"),
        ("v0.2.0", "0.1.0", (), "no version"),
        ("0.2", "0.1.0", (), "no version"),
        ("0.2.0-beta", "0.1.0", (), "no version"),
        ("", "0.1.0", (), "no version"),
    ],
)
def test_other_versions_are_refused(
    version: str, now: str, tagged: tuple[str, ...], why: str
) -> None:
    with pytest.raises(release.Failed, match=why):
        release.check_version(version, now, tagged)


@given(st.tuples(*[st.integers(0, 30)] * 3), st.tuples(*[st.integers(0, 30)] * 3))
def test_versions_are_in_the_order_of_their_numbers(
    one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    first, second = (".".join(map(str, numbers)) for numbers in (one, other))

    assert (release.order(first) < release.order(second)) == (one < other)


def test_the_version_is_set_in_its_one_place() -> None:
    source = '"""AceDesk."""\n\n__version__ = "0.1.0"\n'

    assert release.set_version(source, "0.2.0") == source.replace("0.1.0", "0.2.0")


@pytest.mark.parametrize("source", ["", '__version__ = "1"\n__version__ = "2"\n'])
def test_a_version_in_no_place_or_two_is_refused(source: str) -> None:
    with pytest.raises(release.Failed):
        release.set_version(source, "0.2.0")


def test_a_tree_with_changes_is_refused() -> None:
    release.check_tree("")
    with pytest.raises(release.Failed, match=r"not committed: a\.py, b c"):
        release.check_tree(" M a.py\n?? b c\n")


def test_the_sums_are_those_of_sha256sum() -> None:
    digest = hashlib.sha256(b"one").hexdigest()

    assert release.sums([("b", b"two"), ("a", b"one")]).splitlines()[0] == f"{digest}  a"


@pytest.mark.skipif(sys.platform == "win32", reason="releases are made on Linux")
def test_an_installer_that_does_not_install_is_no_release(tmp_path: pathlib.Path) -> None:
    with pytest.raises(release.Failed, match="try-under-wine ended with 1"):
        release.self_test(tmp_path / "acedesk-0.2.0-setup.exe")
