"""What packaging/check-same-bytes tells of two builds."""

import pathlib
import sys

import pytest

from tests.unit.packaging.script import load

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="packages are built on Linux")

same = load("check-same-bytes")


@pytest.fixture
def builds(tmp_path: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """Return two builds that are the same."""
    found = (tmp_path / "one", tmp_path / "other")
    for folder in found:
        for name in ("dist/a.deb", "build/frozen/acedesk/acedesk", "build/frozen/acedesk/lib"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(name.encode())
        (folder / "build/frozen/link").symlink_to("acedesk/lib")
    return found


def test_two_builds_with_the_same_bytes_are_well(
    builds: tuple[pathlib.Path, pathlib.Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert same.report(*builds) == 0

    assert capsys.readouterr().out == "the same bytes: a.deb\n"


def test_what_a_different_package_was_made_from_is_told(
    builds: tuple[pathlib.Path, pathlib.Path], capsys: pytest.CaptureFixture[str]
) -> None:
    _, other = builds
    (other / "dist/a.deb").write_bytes(b"dist/b.deb")
    tree = other / "build/frozen"
    (tree / "acedesk/lib").write_bytes(b"more than was there in the first one")
    (tree / "acedesk/acedesk").chmod(0o755)
    (tree / "new").touch()
    (tree / "link").unlink()
    (tree / "link").symlink_to("acedesk")

    assert same.report(*builds) == 1

    assert capsys.readouterr().out.splitlines() == [
        "a.deb differs from byte 5 on",
        "build/frozen: acedesk/acedesk has other rights",
        "build/frozen: acedesk/lib differs from byte 0 on",
        "build/frozen: link leads elsewhere",
        f"build/frozen: new is in {tree} only",
    ]


def test_a_package_that_one_build_lacks_is_told(
    builds: tuple[pathlib.Path, pathlib.Path], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = builds
    (other / "dist/a.deb").unlink()

    assert same.report(*builds) == 1
    assert f"a.deb is in {one / 'dist'} only" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("one", "other", "place"), [(b"ab", b"ab", None), (b"ab", b"ac", 1), (b"a", b"ab", 1)]
)
def test_the_first_byte_that_differs(one: bytes, other: bytes, place: int | None) -> None:
    assert same.first_difference(one, other) == place
