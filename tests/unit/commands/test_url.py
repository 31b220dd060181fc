"""The address that plays a link, of the AceDesk that runs or of the next one."""

import pathlib
import secrets
from collections.abc import MutableMapping

import pytest

from acedesk.commands import arguments, url
from acedesk.errors import LinkError, NotRunning, SettingsError
from acedesk.rules.access.secret import make_secret
from acedesk.store.access.shared_secret import SharedSecret
from acedesk.store.lock import DataDirLock

CONTENT_ID = "94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"
INFOHASH = "0a4848271c91ce2d8965ce416267c25047dc8141"

pytestmark = pytest.mark.usefixtures("environ")


def _printed(
    capsys: pytest.CaptureFixture[str], folder: pathlib.Path, link: str, *options: str
) -> str:
    """Return what is printed for a link."""
    assert url.run(arguments.read(["url", link, "--data-dir", str(folder), *options])) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("link", "query"),
    [
        (CONTENT_ID, f"id={CONTENT_ID}"),
        (f"  acestream://{CONTENT_ID.upper()} ", f"id={CONTENT_ID}"),
        (f"acestream:?infohash={INFOHASH}", f"infohash={INFOHASH}"),
        (
            "http://a.example/x.acelive?a=1&b=2",
            "url=http%3A%2F%2Fa.example%2Fx.acelive%3Fa%3D1%26b%3D2",
        ),
        (f"magnet:?xt=urn:btih:{INFOHASH}", f"magnet=magnet%3A%3Fxt%3Durn%3Abtih%3A{INFOHASH}"),
    ],
)
def test_every_kind_of_link_has_an_address_a_shell_and_a_player_can_take(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], link: str, query: str
) -> None:
    printed = _printed(capsys, tmp_path, link)

    assert printed == f"http://127.0.0.1:8080/ace/getstream?{query}\n"
    assert not set(printed.strip()) & set(" \"'`$\\|;<>")


def test_the_settings_of_the_data_folder_say_where_it_will_be(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.toml").write_text('port = 9100\nhost = "10.0.0.5"\n')

    assert _printed(capsys, tmp_path, CONTENT_ID).startswith("http://10.0.0.5:9100/ace/")


def test_other_devices_get_an_address_with_the_token_of_copied_addresses(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], environ: MutableMapping[str, str]
) -> None:
    secret = make_secret(secrets.choice)
    SharedSecret(tmp_path).save(secret)
    (tmp_path / "settings.toml").write_text('port = 9100\nhost = "10.0.0.5"\n')

    printed = _printed(capsys, tmp_path, CONTENT_ID)
    assert printed == f"http://10.0.0.5:9100/t/{secret}/ace/getstream?id={CONTENT_ID}\n"

    environ["ACEDESK_OPEN_NETWORK"] = "yes"
    assert "/t/" not in _printed(capsys, tmp_path, CONTENT_ID)
    environ.pop("ACEDESK_OPEN_NETWORK")
    environ["ACEDESK_HOST"] = "127.0.0.1"
    assert "/t/" not in _printed(capsys, tmp_path, CONTENT_ID)


def test_the_command_line_comes_before_the_environment_and_that_before_the_file(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], environ: MutableMapping[str, str]
) -> None:
    (tmp_path / "settings.toml").write_text('port = 9100\nhost = "10.0.0.5"\n')
    environ["ACEDESK_PORT"] = "9200"

    assert _printed(capsys, tmp_path, CONTENT_ID).startswith("http://10.0.0.5:9200/")
    assert _printed(capsys, tmp_path, CONTENT_ID, "--port", "9300").startswith(
        "http://10.0.0.5:9300/"
    )


def test_the_running_acedesk_comes_before_everything(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = DataDirLock(tmp_path)
    lock.acquire()
    lock.announce("http://192.168.1.7:9999")

    printed = _printed(capsys, tmp_path, CONTENT_ID, "--hls", "--port", "0")

    lock.release()
    assert printed == f"http://192.168.1.7:9999/ace/manifest.m3u8?id={CONTENT_ID}\n"


@pytest.mark.parametrize(
    "note",
    [
        '{"pid": 4194999, "base_url": "http://gone:1"}',
        '{"pid": -1, "base_url": "http://gone:1"}',
        '{"pid": 1e999, "base_url": "http://gone:1"}',
        '{"pid": 99999999999999999999999, "base_url": "http://gone:1"}',
        "not even JSON",
    ],
)
def test_the_note_of_an_acedesk_that_is_gone_does_not_count(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], note: str
) -> None:
    (tmp_path / "running.json").write_text(note)

    assert _printed(capsys, tmp_path, CONTENT_ID).startswith("http://127.0.0.1:8080/")


def test_a_port_that_is_left_open_cannot_be_told_before_the_start(tmp_path: pathlib.Path) -> None:
    wanted = arguments.read(["url", CONTENT_ID, "--data-dir", str(tmp_path), "--port", "0"])

    with pytest.raises(NotRunning, match="chosen when it starts"):
        url.run(wanted)


def test_a_link_among_words_is_understood(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = f"mpv http://10.0.0.9:8000/pid/{CONTENT_ID}/stream.mp4"

    assert CONTENT_ID in _printed(capsys, tmp_path, link)


def test_of_two_links_none_is_taken_in_silence(tmp_path: pathlib.Path) -> None:
    other = CONTENT_ID[::-1]
    wanted = arguments.read(["url", f"{CONTENT_ID} {other}", "--data-dir", str(tmp_path)])

    with pytest.raises(LinkError, match=f"{CONTENT_ID} and {other}"):
        url.run(wanted)


@pytest.mark.parametrize("link", ["", "nonsense", "ftp://a/b", CONTENT_ID[:-1]])
def test_what_is_no_link_is_refused_before_anything_is_looked_at(
    tmp_path: pathlib.Path, environ: MutableMapping[str, str], link: str
) -> None:
    environ["ACEDESK_PORT"] = "many"

    with pytest.raises(LinkError):
        url.run(arguments.read(["url", link, "--data-dir", str(tmp_path)]))


def test_a_bad_variable_is_told_by_its_name(
    tmp_path: pathlib.Path, environ: MutableMapping[str, str]
) -> None:
    environ["ACEDESK_PORT"] = "many"

    with pytest.raises(SettingsError, match="ACEDESK_PORT"):
        url.run(arguments.read(["url", CONTENT_ID, "--data-dir", str(tmp_path)]))


def test_looking_leaves_a_broken_settings_file_where_it_is(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.toml").write_text("this is no TOML")

    assert _printed(capsys, tmp_path, CONTENT_ID).startswith("http://127.0.0.1:8080/")
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]


def test_looking_makes_no_folder(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _printed(capsys, tmp_path / "not" / "yet", CONTENT_ID)

    assert list(tmp_path.iterdir()) == []
