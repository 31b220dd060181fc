"""The tokens of one AceDesk: hashes, never secrets, and when each was last used.

They are kept in memory, asked for with each request, and written to the data folder when one
comes or goes; what was last used is written now and then.
"""

import dataclasses
import datetime
import json
import logging
import pathlib
import re
import secrets
import threading
from collections.abc import Mapping
from typing import Any, Final

from acedesk.model.access.token import AccessToken, Scope
from acedesk.rules.access.secret import find_owner, hash_secret
from acedesk.store import atomic
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

FILE_NAME: Final = "tokens.json"
FORMAT: Final = 1
# A household has a few devices; each costs a comparison with each request from the network.
MOST_TOKENS: Final = 200
# Of the shared token: older addresses go on working when its secret cannot be read any more.
MOST_SECRETS: Final = 8
# From which a token was used: a household gives one to several devices.
MOST_ADDRESSES: Final = 16
_ID_BYTES: Final = 4
_ID: Final = re.compile(f"[0-9a-f]{{{2 * _ID_BYTES}}}", re.IGNORECASE | re.ASCII)


@frozen_value(kw_only=False)
class _Record:
    token: AccessToken
    hashes: tuple[str, ...]
    addresses: tuple[str, ...] = ()  # from which it was used, the last one last


class TokenBook:
    """The tokens in memory, and their file. `open` and `write` block."""

    def __init__(self, data_dir: pathlib.Path) -> None:
        self._path = data_dir / FILE_NAME
        self._records: dict[str, _Record] = {}
        self._writing = threading.Lock()
        self._changes = 0
        self._written = 0
        self.is_new = False

    def open(self) -> None:
        """Read the file. One that makes no sense opens nothing to anybody and is set aside.

        Raises:
            StorageError: It cannot be read.
        """
        try:
            self._records = _parse(self._path.read_bytes())
        except FileNotFoundError:
            self.is_new = True
        except OSError as exc:
            raise atomic.storage_error(self._path, exc) from exc
        except (ValueError, TypeError, KeyError, RecursionError):
            logger.warning(
                "%s is broken; it is kept as %s.bad, and devices need new tokens",
                self._path,
                self._path.name,
            )
            try:
                self._path.replace(self._path.with_name(f"{self._path.name}.bad"))
            except OSError as exc:
                raise atomic.storage_error(self._path, exc) from exc

    def write(self) -> None:
        """Write what changed since the last time.

        Raises:
            StorageError: The file could not be written; what is in memory holds.
        """
        with self._writing:
            changes = self._changes
            if changes == self._written:
                return
            records = tuple(self._records.values())
            body = {"format": FORMAT, "tokens": [_to_json(one) for one in records]}
            atomic.write(self._path, (json.dumps(body, indent=2) + "\n").encode())
            self._written = changes

    @property
    def tokens(self) -> tuple[AccessToken, ...]:
        """All tokens, the oldest first."""
        return tuple(record.token for record in self._records.values())

    def find(self, token_id: str) -> AccessToken | None:
        """Return the token with this id."""
        record = self._records.get(token_id)
        return None if record is None else record.token

    def add(
        self,
        name: str,
        secret: str,
        *,
        scope: Scope,
        time: datetime.datetime,
        shared: bool = False,
    ) -> AccessToken:
        """Add a token to those in memory."""
        token_id = secrets.token_hex(_ID_BYTES)
        while token_id in self._records:
            token_id = secrets.token_hex(_ID_BYTES)
        token = AccessToken(id=token_id, name=name, scope=scope, created_time=time, shared=shared)
        self._put(_Record(token, (hash_secret(secret),)))
        return token

    def add_secret(self, token_id: str, secret: str) -> None:
        """Let another secret stand for a token, beside those that do."""
        record, new = self._records[token_id], hash_secret(secret)
        others = tuple(one for one in record.hashes if one != new)
        self._put(dataclasses.replace(record, hashes=(*others, new)[-MOST_SECRETS:]))

    def remove(self, token_id: str) -> bool:
        """Let a token open nothing any more; tell whether there was one."""
        found = self._records.pop(token_id, None) is not None
        self._changes += found
        return found

    def match(self, secret: str) -> AccessToken | None:
        """Return the token whose secret this is."""
        owner = find_owner(
            secret,
            (
                (record.token.id, kept)
                for record in self._records.values()
                for kept in record.hashes
            ),
        )
        return self.find(owner)

    def is_known(self, address: str) -> bool:
        """Tell whether a token that opens everything was used from this address."""
        return bool(address) and any(
            address in record.addresses and record.token.scope is Scope.ALL
            for record in self._records.values()
        )

    def note_use(self, token_id: str, *, time: datetime.datetime, address: str, what: str) -> None:
        """Remember that a token was used."""
        record = self._records.get(token_id)
        if record is not None:
            token = dataclasses.replace(
                record.token, last_used_time=time, last_address=address, last_what=what
            )
            others = tuple(one for one in record.addresses if one != address)
            known = (*others, address)[-MOST_ADDRESSES:] if address else record.addresses
            self._put(_Record(token, record.hashes, known))

    def _put(self, record: _Record) -> None:
        self._records[record.token.id] = record
        self._changes += 1


def is_token_id(text: str) -> bool:
    """Tell whether it looks like the id of a token."""
    return _ID.fullmatch(text) is not None


def _to_json(record: _Record) -> dict[str, object]:
    token = record.token
    last = token.last_used_time
    return {
        "id": token.id,
        "name": token.name,
        "scope": token.scope.value,
        "created": token.created_time.isoformat(),
        "shared": token.shared,
        "hashes": list(record.hashes),
        "last_used": last.isoformat() if last is not None else None,
        "last_address": token.last_address,
        "last_what": token.last_what,
        "addresses": list(record.addresses),
    }


def _parse(raw: bytes) -> dict[str, _Record]:
    """Return the records in the file.

    Raises:
        ValueError, TypeError, KeyError: It is not what `TokenBook` writes.
    """
    records = [_record(one) for one in json.loads(raw)["tokens"]]
    return {record.token.id: record for record in records[:MOST_TOKENS]}


def _record(values: Mapping[str, Any]) -> _Record:
    last = values.get("last_used")
    hashes = tuple(str(one) for one in values["hashes"])
    if not all(one.isascii() for one in hashes):
        raise ValueError("a hash is no hash")
    address = str(values.get("last_address", ""))
    addresses = tuple(str(one) for one in values.get("addresses") or (address,) if one)
    return _Record(
        AccessToken(
            id=str(values["id"]),
            name=str(values["name"]),
            scope=Scope(values["scope"]),
            created_time=datetime.datetime.fromisoformat(values["created"]),
            shared=values.get("shared") is True,
            last_used_time=datetime.datetime.fromisoformat(last) if last else None,
            last_address=address,
            last_what=str(values.get("last_what", "")),
        ),
        hashes[:MOST_SECRETS],
        addresses[-MOST_ADDRESSES:],
    )
