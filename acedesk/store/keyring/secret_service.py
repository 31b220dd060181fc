"""The Secret Service of Linux desktops, over D-Bus: GNOME Keyring, KWallet, KeePassXC.

https://specifications.freedesktop.org/secret-service/. Only here `jeepney` is imported, with the
first secret. Secrets cross the bus as they are: it is a socket of the user's own, and whoever may
listen there can ask the service for them, too.
"""

import contextlib
from typing import Any, Final

import jeepney
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.store.keyring.entries import Entry, KeyringUnavailable

_NAME: Final = "org.freedesktop.secrets"
_SERVICE: Final = "org.freedesktop.Secret.Service"
_COLLECTION: Final = "org.freedesktop.Secret.Collection"
_ITEM: Final = "org.freedesktop.Secret.Item"
_PROMPT: Final = "org.freedesktop.Secret.Prompt"
_SESSION: Final = "org.freedesktop.Secret.Session"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
_ROOT: Final = "/org/freedesktop/secrets"
_NONE: Final = "/"
# Seconds. It answers in milliseconds; the first request may have to start it.
_LIMIT: Final = 5.0

APPLICATION: Final = "AceDesk"
_LOCKED: Final = frozenset({"org.freedesktop.Secret.Error.IsLocked"})
_ABSENT: Final = frozenset(
    f"org.freedesktop.DBus.Error.{name}"
    for name in ("ServiceUnknown", "NameHasNoOwner", "NoReply", "Disconnected")
) | {"org.freedesktop.DBus.Error.Spawn.ExecFailed", "org.freedesktop.DBus.Error.Spawn.ChildExited"}


class SecretService:
    """A connection to the session's Secret Service; fulfils `Keyring`.

    Raises:
        KeyringUnavailable: There is no session bus.

    Closes: the connection, by `close`.
    """

    def __init__(self) -> None:
        self._session = ""
        try:
            self._bus: DBusConnection = open_dbus_connection()
        # No address in the environment; nobody there; a kind of address that is not known.
        except (KeyError, OSError, ValueError, RuntimeError, StopIteration) as exc:
            raise KeyringUnavailable(KeyringProblem.ABSENT, "there is no session bus") from exc

    def look(self) -> None:
        """See that the default collection is there and open."""
        self._open_collection()

    def get(self, entry: Entry) -> str | None:
        """Return the secret; the desktop asks for the password of a locked collection."""
        found, locked = self._search(entry)
        if not found and locked:
            self._unlock(locked[0])
            found = locked
        if not found:
            return None
        _session, _parameters, value, _type = self._call(
            found[0], _ITEM, "GetSecret", "o", self._open_session()
        )[0]
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            return None  # not written by us

    def put(self, entry: Entry, text: str) -> None:
        """Keep the secret in the default collection."""
        collection = self._open_collection()
        properties = {
            f"{_ITEM}.Label": ("s", f"{APPLICATION}: {entry.name}"),
            f"{_ITEM}.Attributes": ("a{ss}", _attributes(entry)),
        }
        secret = (self._open_session(), b"", text.encode(), "text/plain; charset=utf8")
        _item, prompt = self._call(
            collection, _COLLECTION, "CreateItem", "a{sv}(oayays)b", properties, secret, True
        )
        self._refuse_prompt(prompt)

    def remove(self, entry: Entry) -> None:
        """Remove every item of this secret."""
        found, locked = self._search(entry)
        for item in (*found, *locked):
            (prompt,) = self._call(item, _ITEM, "Delete")
            self._refuse_prompt(prompt)

    def close(self) -> None:
        """Leave the bus."""
        with contextlib.suppress(OSError):
            self._bus.close()

    def _open_collection(self) -> str:
        (path,) = self._call(_ROOT, _SERVICE, "ReadAlias", "s", "default")
        if path == _NONE:
            # Making one would ask for a new password: that is left to the desktop.
            raise KeyringUnavailable(KeyringProblem.ABSENT, "it has no default collection")
        ((_kind, is_locked),) = self._call(path, _PROPERTIES, "Get", "ss", _COLLECTION, "Locked")
        if is_locked:
            raise KeyringUnavailable(KeyringProblem.LOCKED)
        return str(path)

    def _open_session(self) -> str:
        if not self._session:
            _output, self._session = self._call(
                _ROOT, _SERVICE, "OpenSession", "sv", "plain", ("s", "")
            )
        return self._session

    def _search(self, entry: Entry) -> tuple[list[str], list[str]]:
        found, locked = self._call(_ROOT, _SERVICE, "SearchItems", "a{ss}", _attributes(entry))
        return found, locked

    def _unlock(self, item: str) -> None:
        _unlocked, prompt = self._call(_ROOT, _SERVICE, "Unlock", "ao", [item])
        if prompt == _NONE:
            return
        rule = jeepney.MatchRule(type="signal", interface=_PROMPT, member="Completed", path=prompt)
        with self._bus.filter(rule) as answers:
            self._call(prompt, _PROMPT, "Prompt", "s", "")
            # As long as a person needs; whoever waits for this has a limit of its own.
            dismissed, _result = self._bus.recv_until_filtered(answers).body
        if dismissed:
            raise KeyringUnavailable(KeyringProblem.LOCKED, "it was not unlocked")

    def _refuse_prompt(self, prompt: str) -> None:
        if prompt != _NONE:
            self._call(prompt, _PROMPT, "Dismiss")
            raise KeyringUnavailable(KeyringProblem.LOCKED)

    def _call(self, path: str, interface: str, method: str, kinds: str = "", *body: Any) -> Any:
        address = jeepney.DBusAddress(path, bus_name=_NAME, interface=interface)
        message = jeepney.new_method_call(address, method, kinds or None, body)
        try:
            reply = self._bus.send_and_get_reply(message, timeout=_LIMIT)
        except TimeoutError as exc:
            raise KeyringUnavailable(KeyringProblem.SILENT) from exc
        except OSError as exc:
            raise KeyringUnavailable(KeyringProblem.ABSENT, "the session bus is gone") from exc
        if reply.header.message_type is jeepney.MessageType.error:
            raise _error(reply)
        return reply.body


def _attributes(entry: Entry) -> dict[str, str]:
    return {"application": APPLICATION, "instance": entry.instance, "setting": entry.name}


def _error(reply: jeepney.Message) -> KeyringUnavailable:
    name = str(reply.header.fields.get(jeepney.HeaderFields.error_name, ""))
    if name in _LOCKED:
        return KeyringUnavailable(KeyringProblem.LOCKED)
    problem = KeyringProblem.ABSENT if name in _ABSENT else KeyringProblem.REFUSED
    return KeyringUnavailable(problem, name.rpartition(".")[2])
