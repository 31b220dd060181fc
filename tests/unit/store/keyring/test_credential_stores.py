"""What Windows and macOS have, through the library that is installed there."""

import pytest

from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.store.keyring.entries import Entry, KeyringUnavailable

backend = pytest.importorskip("keyring.backend", reason="Linux has the Secret Service")
errors = pytest.importorskip("keyring.errors", reason="as above")

ENTRY = Entry(name="redis_url", instance="3f2a")


class _Memory(backend.KeyringBackend):  # type: ignore[misc,name-defined]
    priority = 1

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}
        self.error: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        self._fail()
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._fail()
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._fail()
        if self.held.pop((service, username), None) is None:
            raise errors.PasswordDeleteError("none")

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def test_each_entry_stands_under_a_service_of_its_own() -> None:
    from acedesk.store.keyring.credential_stores import CredentialStore

    memory = _Memory()
    store = CredentialStore(memory)
    other = Entry(name="redis_url", instance="77aa")

    store.look()
    store.put(ENTRY, "mine")
    store.put(other, "theirs")

    assert (store.get(ENTRY), store.get(other)) == ("mine", "theirs")
    store.remove(ENTRY)
    store.remove(ENTRY)
    assert store.get(ENTRY) is None
    assert set(memory.held) == {("AceDesk/77aa/redis_url", "AceDesk")}
    store.close()


@pytest.mark.parametrize("name", ["get", "put", "remove"])
@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (errors.KeyringError("hidden"), KeyringProblem.REFUSED),
        (OSError(5, "hidden"), KeyringProblem.REFUSED),
    ],
)
def test_errors_of_the_library_are_ours_without_their_text(
    name: str, error: Exception, problem: KeyringProblem
) -> None:
    from acedesk.store.keyring.credential_stores import CredentialStore

    memory = _Memory()
    memory.error = error
    store = CredentialStore(memory)
    arguments = (ENTRY, "secret") if name == "put" else (ENTRY,)

    with pytest.raises(KeyringUnavailable) as refused:
        getattr(store, name)(*arguments)

    assert refused.value.problem is problem
    assert "hidden" not in refused.value.detail
