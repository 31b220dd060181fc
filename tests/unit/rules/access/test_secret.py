"""How secrets look, and how they are told apart."""

import itertools
import secrets
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.access import secret


def test_a_secret_can_be_typed_on_a_tv_and_stands_in_any_path() -> None:
    made = secret.make_secret(secrets.choice)

    assert secret.is_secret(made)
    assert made.isalnum()
    assert made == made.lower()
    assert not set("l1o0") & set(made.removeprefix(secret.PREFIX))


def test_each_sign_is_drawn() -> None:
    signs = itertools.cycle(secret.ALPHABET)

    made = secret.make_secret(lambda alphabet: next(signs))

    assert made == f"ad{secret.ALPHABET[:26]}"


def test_two_secrets_differ() -> None:
    assert len({secret.make_secret(secrets.choice) for _ in range(1000)}) == 1000


def test_the_owner_of_a_secret_is_found_by_its_hash() -> None:
    owners = [(name, secret.hash_secret(name * 3)) for name in ("tv", "phone", "kodi")]

    assert secret.find_owner("phonephonephone", owners) == "phone"
    assert secret.find_owner("phone", owners) == ""
    assert secret.find_owner("", owners) == ""
    assert secret.find_owner("tvtvtv", []) == ""


def test_a_text_that_begins_as_a_secret_is_none() -> None:
    """Only so much is hashed; what is longer must not count as its beginning."""
    long = "a" * secret.LONGEST
    owners = [("tv", secret.hash_secret(long))]

    assert secret.find_owner(long, owners) == "tv"
    assert secret.find_owner(long + "a", owners) == ""


def test_every_kept_hash_is_compared() -> None:
    """Whoever stops at the first match tells by the time which one it was."""
    seen = []

    def owners() -> Iterator[tuple[str, str]]:
        for name in ("first", "second", "third"):
            seen.append(name)
            yield name, secret.hash_secret(name)

    assert secret.find_owner("first", owners()) == "first"
    assert seen == ["first", "second", "third"]


@given(st.text())
def test_anything_may_be_given_as_a_secret(text: str) -> None:
    owners = [("tv", secret.hash_secret("ad" + "x" * 26))]

    assert secret.find_owner(text, owners) == ""
    assert len(secret.hash_secret(text)) == 64
