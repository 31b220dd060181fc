"""The tokens of a data folder."""

import datetime
import json
import pathlib
import stat
import sys

import pytest

from acedesk.errors import StorageError
from acedesk.model.access.token import Scope
from acedesk.store.access.token_book import FILE_NAME, MOST_ADDRESSES, MOST_SECRETS, TokenBook

NOON = datetime.datetime(2026, 11, 29, 12, 0, tzinfo=datetime.UTC)
SECRET = "adsecretofthetvinthebedroom2"


def opened(folder: pathlib.Path) -> TokenBook:
    book = TokenBook(folder)
    book.open()
    return book


def test_a_token_is_known_after_a_restart_with_what_it_did_last(tmp_path: pathlib.Path) -> None:
    book = opened(tmp_path)
    token = book.add("TV", SECRET, scope=Scope.PLAY, time=NOON)
    book.note_use(token.id, time=NOON, address="192.168.1.20", what="Kodi: /ace/getstream")
    book.write()

    again = opened(tmp_path)

    (found,) = again.tokens
    assert found == book.find(token.id)
    assert (found.name, found.scope, found.last_address) == ("TV", Scope.PLAY, "192.168.1.20")
    assert again.match(SECRET) == found
    assert again.match("adanothersecretofanothertv22") is None


def test_the_file_holds_no_secret_and_is_its_owners_only(tmp_path: pathlib.Path) -> None:
    book = opened(tmp_path)
    book.add("TV", SECRET, scope=Scope.ALL, time=NOON)
    book.write()

    assert SECRET not in (tmp_path / FILE_NAME).read_text("utf-8")
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_revoked_token_opens_nothing_at_once_and_after_a_restart(tmp_path: pathlib.Path) -> None:
    book = opened(tmp_path)
    token = book.add("TV", SECRET, scope=Scope.ALL, time=NOON)
    book.write()

    assert book.remove(token.id)
    assert book.match(SECRET) is None
    assert not book.remove(token.id)
    book.write()

    assert opened(tmp_path).tokens == ()


def test_several_secrets_may_stand_for_a_token_but_not_any_number(tmp_path: pathlib.Path) -> None:
    book = opened(tmp_path)
    token = book.add("Copied", "first", scope=Scope.PLAY, time=NOON, shared=True)

    for number in range(MOST_SECRETS):
        book.add_secret(token.id, f"later{number}")
    book.write()

    again = opened(tmp_path)
    assert again.match("first") is None
    assert again.match("later0") is not None
    assert again.match(f"later{MOST_SECRETS - 1}") is not None


def test_each_device_that_shares_a_token_is_known_also_after_a_restart(
    tmp_path: pathlib.Path,
) -> None:
    book = opened(tmp_path)
    token = book.add("household", SECRET, scope=Scope.ALL, time=NOON)
    for number in range(MOST_ADDRESSES + 4):
        book.note_use(token.id, time=NOON, address=f"192.168.1.{number}", what="")
    book.note_use(token.id, time=NOON, address="", what="")

    book.write()

    for each in (book, opened(tmp_path)):
        known = [each.is_known(f"192.168.1.{number}") for number in range(MOST_ADDRESSES + 4)]
        assert known == [False] * 4 + [True] * MOST_ADDRESSES
        assert not each.is_known("")


def test_a_file_of_before_knows_the_last_address_of_a_token(tmp_path: pathlib.Path) -> None:
    book = opened(tmp_path)
    token = book.add("acexy", SECRET, scope=Scope.ALL, time=NOON)
    book.note_use(token.id, time=NOON, address="192.168.1.20", what="")
    book.write()
    path = tmp_path / FILE_NAME
    body = json.loads(path.read_text("utf-8"))
    for one in body["tokens"]:
        del one["addresses"]
    path.write_text(json.dumps(body), "utf-8")

    again = opened(tmp_path)

    assert again.is_known("192.168.1.20")
    assert not again.is_known("192.168.1.21")


def test_an_address_is_known_as_long_as_a_token_that_opens_everything_was_used_from_it(
    tmp_path: pathlib.Path,
) -> None:
    book = opened(tmp_path)
    plays = book.add("TV", "plays", scope=Scope.PLAY, time=NOON)
    token = book.add("acexy", SECRET, scope=Scope.ALL, time=NOON)
    assert not book.is_known("")

    book.note_use(plays.id, time=NOON, address="192.168.1.20", what="")
    book.note_use(token.id, time=NOON, address="192.168.1.21", what="")
    assert [book.is_known(f"192.168.1.{number}") for number in (20, 21, 22)] == [False, True, False]

    book.remove(token.id)
    assert not book.is_known("192.168.1.21")


def test_the_use_of_a_token_that_was_revoked_meanwhile_is_forgotten(
    tmp_path: pathlib.Path,
) -> None:
    book = opened(tmp_path)

    book.note_use("0123abcd", time=NOON, address="::1", what="")

    assert book.tokens == ()


def test_it_is_written_only_when_something_changed(tmp_path: pathlib.Path) -> None:
    book = opened(tmp_path)
    book.write()

    assert book.is_new
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "nothing",
        '{"tokens": 3}',
        '{"tokens": [{"id": "a"}]}',
        '{"tokens": [{"id": "a", "name": "TV", "scope": "root", "created": "x", "hashes": []}]}',
        '{"tokens": [{"id": "a", "name": "TV", "scope": "all", "created": "2026", "hashes": 3}]}',
        "[" * 100_000,
    ],
)
def test_a_broken_file_opens_nothing_and_is_set_aside(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, "utf-8")

    book = opened(tmp_path)

    assert book.tokens == ()
    assert book.match("") is None
    assert (tmp_path / f"{FILE_NAME}.bad").read_text("utf-8") == text


def test_unknown_fields_of_a_newer_version_are_no_harm(tmp_path: pathlib.Path) -> None:
    book = opened(tmp_path)
    book.add("TV", SECRET, scope=Scope.ALL, time=NOON)
    book.write()
    body = json.loads((tmp_path / FILE_NAME).read_text("utf-8"))
    body["tokens"][0]["colour"] = "blue"
    (tmp_path / FILE_NAME).write_text(json.dumps(body), "utf-8")

    assert opened(tmp_path).match(SECRET) is not None


def test_a_file_that_cannot_be_read_is_an_error_and_never_an_empty_one(
    tmp_path: pathlib.Path,
) -> None:
    (tmp_path / FILE_NAME).mkdir()

    with pytest.raises(StorageError):
        opened(tmp_path)
