"""The settings file: nothing in it stops AceDesk, nothing in it is lost."""

import pathlib
import stat
import subprocess
import sys
import tomllib
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk import settings
from acedesk.errors import StorageError
from acedesk.store import settings_file
from acedesk.store.settings_file import load, save


def changes() -> st.SearchStrategy[dict[str, Any]]:
    """Return any mix of allowed values for settings with simple bounds."""
    return st.fixed_dictionaries(
        {},
        optional={
            "port": st.integers(0, 65535),
            "grace": st.floats(0, 600),
            "theme": st.sampled_from(["system", "light", "dark"]),
            "engine_arguments": st.text(
                st.characters(
                    min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\"'\\"
                )
            ),
            "engines": st.lists(st.sampled_from(["a:1", "[::1]:6878", "10.0.0.1:2"])).map(tuple),
            "ring_mib": st.integers(2, 1024),
        },
    )


@hypothesis.given(values=changes())
def test_what_was_saved_is_loaded_again(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("s") / "settings.toml"

    save(path, values)

    assert dict(load(path).values) == values
    assert load(path).notes == ()


@hypothesis.given(data=st.binary(max_size=300))
def test_any_bytes_in_the_file_give_settings(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("s") / "settings.toml"
    path.write_bytes(data)

    loaded = load(path)

    settings.Settings(**loaded.values)
    if not path.exists():
        assert path.with_name("settings.toml.bad").read_bytes() == data
        assert loaded.notes


def test_no_file_means_no_values_and_no_note(tmp_path: pathlib.Path) -> None:
    loaded = load(tmp_path / "settings.toml")

    assert (loaded.values, loaded.notes) == ({}, ())


def test_a_broken_file_is_kept_as_bad_and_the_user_is_told(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("port = = 3\n")

    loaded = load(path)

    assert loaded.values == {}
    assert not path.exists()
    assert (tmp_path / "settings.toml.bad").read_text() == "port = = 3\n"
    assert "settings.toml.bad" in loaded.notes[0]


def test_every_broken_file_is_kept_under_a_name_of_its_own(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    for text in ("[", "]", "="):
        path.write_text(text)
        load(path)

    kept = {file.name: file.read_text() for file in tmp_path.iterdir()}

    assert kept == {
        "settings.toml.bad": "[",
        "settings.toml.bad.1": "]",
        "settings.toml.bad.2": "=",
    }


def test_a_folder_in_place_of_the_file_is_set_aside(tmp_path: pathlib.Path) -> None:
    (tmp_path / "settings.toml").mkdir()

    loaded = load(tmp_path / "settings.toml")

    assert (tmp_path / "settings.toml.bad").is_dir()
    assert loaded.notes


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe\x00", b"a = " + b"[" * 100_000, b"#" * 1_100_000],
    ids=["bin", "deep", "big"],
)
def test_what_is_no_settings_file_is_set_aside(tmp_path: pathlib.Path, data: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(data)

    loaded = load(path)

    assert path.with_name("settings.toml.bad").read_bytes() == data
    assert len(loaded.notes) == 1


def test_a_byte_order_mark_does_not_matter(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes("\ufeffport = 9000\n".encode())

    assert load(path).values == {"port": 9000}


def test_one_broken_line_costs_only_itself_and_the_file_is_kept(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    text = 'port = 9000\nhost = 192.168.1.5\nengines = ["10.0.0.1:6878"]\n'
    path.write_text(text)

    loaded = load(path)

    assert loaded.values == {"port": 9000, "engines": ("10.0.0.1:6878",)}
    assert path.with_name("settings.toml.bad").read_text() == text
    assert dict(load(path).values) == dict(loaded.values)  # also at the next start
    [note] = loaded.notes
    assert "line 2 is not written as name = value" in note
    assert "Expected" not in note
    assert "column" not in note


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("port = 1\nport = 2\n", "line 2 names a setting a second time"),
        ("engines = [", "it breaks off"),
        ('theme = "dark', "it breaks off"),
        ("port = " + "9" * 5000, "no list of settings"),
    ],
)
def test_a_broken_file_is_told_in_plain_words(tmp_path: pathlib.Path, text: str, why: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)

    assert why in load(path).notes[0]


def test_looking_on_changes_nothing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("port = 9000\nhost = oops\n")

    loaded = load(path, set_aside=False)

    assert loaded.values == {"port": 9000}
    assert [one.name for one in tmp_path.iterdir()] == ["settings.toml"]


def test_one_bad_engine_costs_only_itself(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('engines = ["10.0.0.1:6878", "not an engine"]\n')

    loaded = load(path)

    assert loaded.values == {"engines": ("10.0.0.1:6878",)}
    assert "not an engine" in loaded.notes[0]
    assert "The others in the list are used." in loaded.notes[0]


def test_one_bad_value_costs_only_itself(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('port = 70000\ngrace = 20\ntheme = "dark"\n')

    loaded = load(path)

    assert loaded.values == {"grace": 20.0, "theme": "dark"}
    assert loaded.notes == (
        "settings.toml: the setting port must be at most 65535. Its default (8080) is used.",
    )


def test_numbers_and_lists_may_be_written_as_text(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('port = "9000"\nengines = "a:1, b:2"\n')

    assert load(path).values == {"port": 9000, "engines": ("a:1", "b:2")}


def test_unknown_keys_are_kept_on_save(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("future = 1\nport = 9000\n[table]\nx = [1, 2]\n")

    save(path, {"port": 9001})

    assert tomllib.loads(path.read_text()) == {
        "port": 9001,
        "future": 1,
        "table": {"x": [1, 2]},
    }


def test_saving_over_a_file_broken_meanwhile_keeps_it(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("half a li")

    save(path, {"port": 9001})

    assert path.with_name("settings.toml.bad").read_text() == "half a li"
    assert load(path).values == {"port": 9001}


@pytest.mark.skipif(sys.platform == "win32", reason="files have no modes there")
def test_only_the_owner_may_read_the_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "new" / "settings.toml"

    save(path, {"gluetun_api_key": "secret"})

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a right there")
def test_a_link_to_the_file_stays_a_link(tmp_path: pathlib.Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "settings.toml"
    real.write_text("")
    link.symlink_to(real)

    save(link, {"port": 9001})

    assert link.is_symlink()
    assert load(real).values == {"port": 9001}


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StorageError, match=r"settings\.toml"):
        save(tmp_path / "file" / "settings.toml", {"port": 9001})


_SAVE_WITH_LIMIT = """
import pathlib, resource, sys
from acedesk.errors import StorageError
from acedesk.store.settings_file import save
resource.setrlimit(resource.RLIMIT_FSIZE, (8, resource.RLIM_INFINITY))
try:
    save(pathlib.Path(sys.argv[1]), {"engine_arguments": "x" * 100})
except StorageError as exc:
    print(exc.detail)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of sizes to play a full disk with")
def test_a_full_disk_leaves_the_old_file_untouched(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("port = 9000\n")

    result = subprocess.run(
        [sys.executable, "-c", _SAVE_WITH_LIMIT, str(path)],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )

    assert str(path) in result.stdout
    assert path.read_text() == "port = 9000\n"
    assert [file.name for file in tmp_path.iterdir()] == ["settings.toml"]


def test_what_is_in_the_keyring_is_named_and_stays_named(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    settings_file.save(path, {"port": 8081}, in_keyring={"redis_url": "3f2a"})

    settings_file.save(path, {"port": 8082})

    loaded = settings_file.load(path)
    assert loaded.in_keyring == {"redis_url": "3f2a"}
    assert loaded.values == {"port": 8082}
    assert not loaded.notes


def test_a_value_in_the_file_counts_more_than_the_keyring(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('in_keyring = "redis_url@3f2a gluetun_api_key@3f2a"\nredis_url = ""\n')

    assert settings_file.load(path).in_keyring == {"gluetun_api_key": "3f2a"}

    settings_file.save(path, {"gluetun_api_key": "typed"})

    assert not settings_file.load(path).in_keyring


def test_a_broken_file_still_names_what_is_in_the_keyring(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('in_keyring = "redis_url@3f2a"\nport = 8081\nthis is not toml\n')

    loaded = settings_file.load(path)

    assert loaded.in_keyring == {"redis_url": "3f2a"}
    assert settings_file.load(path).in_keyring == {"redis_url": "3f2a"}


@pytest.mark.parametrize("line", ["7", '""', '"redis_url"', '"@"', '"port@x/../y nothing@1"', "[]"])
def test_a_line_of_the_keyring_that_is_not_ours_names_nothing(
    tmp_path: pathlib.Path, line: str
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"in_keyring = {line}\nport = 8081\n")

    loaded = settings_file.load(path)

    assert not loaded.in_keyring
    assert loaded.values == {"port": 8081}
