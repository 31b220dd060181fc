"""What goes into setup.exe: the right Python, the right wheels, nothing that is not needed."""

import hashlib
import io
import pathlib
import struct
import zipfile

import pytest

from tests.unit.packaging.script import ROOT, load

pe, tree, wheels, build, parts = (
    load(f"windows/{name}") for name in ("pe.py", "tree.py", "wheels.py", "build", "parts.py")
)
WINDOWS, MAC = wheels.Target("win_amd64", "3.13"), wheels.Target("macos_arm64", "3.13")

_SHA256 = bytes.fromhex("608648016503040201")


def _program(libraries: tuple[str, ...] = (), *, signature: bytes | None = None) -> bytes:
    """Return a PE file of one section, which has the table of imports."""
    head = bytearray(0x200)
    head[:2], head[0x3C:0x40] = b"MZ", struct.pack("<I", 0x40)
    head[0x40:0x44] = b"PE\0\0"
    struct.pack_into("<HH12xHH", head, 0x44, 0x8664, 1, 0xF0, 0)
    struct.pack_into("<H", head, 0x58, 0x20B)
    names = b"".join(library.encode() + b"\0" for library in libraries)
    entries, at = b"", 0x1000 + 20 * (len(libraries) + 1)
    for library in libraries:
        entries += struct.pack("<5I", 1, 0, 0, at, 1)
        at += len(library) + 1
    section = (entries + bytes(20) + names).ljust(0x200, b"\0")
    struct.pack_into("<II", head, 0x58 + 112 + 8, 0x1000, len(entries))
    struct.pack_into("<IIII", head, 0x58 + 0xF0 + 8, 0x200, 0x1000, 0x200, 0x200)
    if signature is not None:
        struct.pack_into("<II", head, 0x58 + 112 + 32, 0x400, len(signature))
    return bytes(head) + section + (signature or b"")


def _signed(program: bytes) -> bytes:
    """Return the program with a signature of its own digest."""
    options = 0x58
    covered = (
        program[: options + 64] + program[options + 68 : options + 144] + program[options + 152 :]
    )
    return _SHA256 + b"\x05\x00\x04\x20" + hashlib.sha256(covered).digest()


def test_the_digest_of_a_signature_is_that_of_the_program() -> None:
    signature = _signed(_program())
    program = _program(signature=signature)

    assert pe.signed_digest(program) == signature[-32:].hex()


def test_a_changed_program_has_the_wrong_signature() -> None:
    program = bytearray(_program(signature=_signed(_program())))
    program[0x300] ^= 1

    with pytest.raises(pe.NotSigned, match="other contents"):
        pe.signed_digest(bytes(program))


@pytest.mark.parametrize("data", [_program(), b"#!/bin/sh\n", b"MZ" + bytes(0x100)])
def test_what_is_not_signed_is_told(data: bytes) -> None:
    with pytest.raises(pe.NotSigned):
        pe.signed_digest(data)


def test_what_a_program_needs_is_read() -> None:
    assert pe.imports(_program(("KERNEL32.dll", "Qt6Core.dll"))) == {"kernel32.dll", "qt6core.dll"}
    assert pe.imports(_program()) == frozenset()


def test_a_library_that_nothing_has_is_found(tmp_path: pathlib.Path) -> None:
    (tmp_path / "Qt6Core.dll").write_bytes(_program(("api-ms-win-crt-heap-l1-1-0.dll",)))
    (tmp_path / "Qt6Gui.dll").write_bytes(_program(("Qt6Core.dll", "KERNEL32.dll", "odd.dll")))

    assert tree.missing_libraries(tmp_path) == {"Qt6Gui.dll": ["odd.dll"]}


def test_a_python_with_another_file_in_it_is_refused() -> None:
    with pytest.raises(tree.Failed, match=r"unexpected or missing.*evil\.pyd"):
        tree.check_python(dict.fromkeys((*tree.PYTHON["signed"], "evil.pyd"), b""))


def test_a_python_of_other_contents_is_refused() -> None:
    files = dict.fromkeys((*tree.PYTHON["signed"], *tree.PYTHON["others"]), b"")

    with pytest.raises(tree.Failed, match=r"\.pyd|\.dll|\.exe"):
        tree.check_python(files)


@pytest.mark.parametrize(
    ("package", "member", "place"),
    [
        ("pyside6-essentials", "PySide6/Qt6Core.dll", "PySide6/Qt6Core.dll"),
        ("pyside6-essentials", "PySide6/Qt6Quick.dll", None),
        ("pyside6-essentials", "PySide6/plugins/platforms/qminimal.dll", None),
        ("pywin32", "win32/win32pipe.pyd", "win32pipe.pyd"),
        ("pywin32", "win32/win32gui.pyd", None),
        ("shiboken6", "shiboken6/Shiboken.pyd", "shiboken6/Shiboken.pyd"),
        ("shiboken6", "shiboken6/vcruntime140.dll", None),
        ("aiohttp", "aiohttp/web.py", "aiohttp/web.py"),
        ("aiohttp", "aiohttp/_websocket/mask.pyx", None),
        ("psutil", "psutil/tests/test_misc.py", None),
        (
            "yarl",
            "yarl-1.25.1.dist-info/licenses/LICENSE",
            "yarl-1.25.1.dist-info/licenses/LICENSE",
        ),
        ("yarl", "yarl-1.25.1.dist-info/RECORD", None),
    ],
)
def test_what_is_taken_of_a_wheel(package: str, member: str, place: str | None) -> None:
    assert tree.place_of(package, member) == place


@pytest.mark.parametrize("member", ["../evil.py", "a/../../evil.py", "/etc/evil"])
def test_a_wheel_cannot_write_elsewhere(member: str) -> None:
    with pytest.raises(tree.Failed):
        tree.place_of("aiohttp", member)


def test_the_library_of_python_is_packed_once_only() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("os.pyc", b"0" * 1000)

    with zipfile.ZipFile(io.BytesIO(tree._stored(packed.getvalue()))) as archive:
        assert archive.getinfo("os.pyc").compress_type == zipfile.ZIP_STORED
        assert archive.read("os.pyc") == b"0" * 1000


def test_all_of_qt_that_the_program_imports_is_taken() -> None:
    used = {
        line.split("import")[0].split(".")[1].strip()
        for path in (ROOT / "acedesk").rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.strip().startswith("from PySide6.")
    }

    assert used
    assert used <= {"QtCore", "QtGui", "QtWidgets", "QtNetwork"}
    assert {f"PySide6/{name}.pyd" for name in used} <= tree.PYSIDE


@pytest.mark.parametrize(
    ("target", "name", "version"),
    [
        (WINDOWS, "pywin32", "312"),
        (WINDOWS, "uvloop", "0.23.0"),
        (wheels.Target("win_amd64", "3.11"), "pyside6-essentials", "6.11.3"),
        (MAC, "pyside6-essentials", "6.12.0"),
        (MAC, "pywin32", None),
    ],
)
def test_the_tested_versions_are_those_of_the_system(
    target: object, name: str, version: str | None
) -> None:
    text = (
        "# a comment\n\npywin32==312 ; sys_platform == 'win32'\nuvloop==0.23.0\n"
        "PySide6_Essentials==6.11.3 ; python_version < '3.12'\n"
        "PySide6_Essentials==6.12.0 ; python_version >= '3.12'\n"
    )

    assert wheels.tested_versions(text, target).get(name) == version


def test_what_is_needed_depends_on_the_system() -> None:
    own = ("uvloop>=0.21; sys_platform != 'win32'", "aiohttp>=3", "x; extra == 'y'")

    assert list(wheels.needed(own, WINDOWS)) == ["aiohttp"]
    assert list(wheels.needed(own, MAC)) == ["uvloop", "aiohttp"]


@pytest.mark.parametrize(
    ("file", "name", "target", "fits"),
    [
        ("yarl-1.25.1-cp313-cp313-win_amd64.whl", "yarl", WINDOWS, True),
        ("yarl-1.25.1-cp312-cp312-win_amd64.whl", "yarl", WINDOWS, False),
        ("yarl-1.25.1-cp313-cp313-win32.whl", "yarl", WINDOWS, False),
        ("psutil-1.25.1-cp37-abi3-win_amd64.whl", "psutil", WINDOWS, True),
        ("attrs-1.25.1-py3-none-any.whl", "attrs", MAC, True),
        ("tomli_w-1.25.1-py3-none-any.whl", "tomli-w", MAC, True),
        ("yarl-1.25.1-cp313-cp313-macosx_11_0_arm64.whl", "yarl", MAC, True),
        ("shiboken6-1.25.1-cp310-abi3-macosx_13_0_universal2.whl", "shiboken6", MAC, True),
        ("yarl-1.25.1-cp313-cp313-macosx_10_13_x86_64.whl", "yarl", MAC, False),
        ("yarl-1.25.2-cp313-cp313-win_amd64.whl", "yarl", WINDOWS, False),
    ],
)
def test_a_wheel_is_for_its_system(file: str, name: str, target: object, fits: bool) -> None:
    assert wheels.is_wheel_for(file, name, "1.25.1", target) is fits


def test_every_file_is_installed_and_removed_by_its_name(tmp_path: pathlib.Path) -> None:
    for name in ("AceDesk.exe", "app/acedesk/cli.py", "app/start.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    install, remove = build.file_lists(tmp_path).split("!macro RemoveFiles")

    for name in ("AceDesk.exe", "app/acedesk/cli.py", "app/start.py"):
        windows = name.replace("/", "\\")
        assert f'File "${{TREE}}/{name}"' in install
        assert f'Delete "$INSTDIR\\{windows}"' in remove
    assert remove.index('RMDir "$INSTDIR\\app\\acedesk"') < remove.index('RMDir "$INSTDIR\\app"')
    assert "/r" not in remove


def test_an_icon_has_a_picture_for_each_size() -> None:
    pictures = [(ROOT / f"resources/icons/acedesk-{size}.png").read_bytes() for size in (16, 256)]

    icon = build.make_icon(pictures)

    assert icon[:6] == struct.pack("<HHH", 0, 1, 2)
    assert (icon[6], icon[22]) == (16, 0)  # 256 is written as 0
    assert icon.endswith(pictures[1])
    assert struct.unpack_from("<I", icon, 18)[0] == 6 + 32


def test_each_package_in_the_folder_is_named_with_version_and_licence(
    tmp_path: pathlib.Path,
) -> None:
    for name, lines in (
        ("a_b-1.2.dist-info", "Name: a-b\nVersion: 1.2\nLicense-Expression: MIT\n"),
        ("c-3.dist-info", "Name: c\nVersion: 3\nClassifier: License :: OSI Approved :: BSD\n"),
        ("d-4.dist-info", "Name: d\nVersion: 4\n"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "METADATA").write_text(f"Metadata-Version: 2.1\n{lines}")

    found = {part.name: (part.version, part.licence) for part in parts.packages(tmp_path)}

    assert found == {"a-b": ("1.2", "MIT"), "c": ("3", "BSD"), "d": ("4", "see text")}


def test_a_package_that_tells_no_version_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a-1.dist-info").mkdir()
    (tmp_path / "a-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: a\n")

    with pytest.raises(parts.trees.Failed, match=r"a-1\.dist-info"):
        parts.packages(tmp_path)


def test_a_version_has_four_numbers() -> None:
    assert len(build.numbers().split(".")) == 4
