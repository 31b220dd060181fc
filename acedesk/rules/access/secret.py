"""The secret of a token: how it looks, what is kept of it, how it is compared.

A secret has 130 random bits, so a fast hash is enough: nobody finds it by trying. It has small
letters and digits only, without those that look alike, because some are typed on a TV.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from typing import Final

PREFIX: Final = "ad"
ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
LENGTH: Final = 26

# A longer one is no secret of ours, and is not hashed.
LONGEST: Final = 128

_FORM: Final = re.compile(f"{PREFIX}[{ALPHABET}]{{{LENGTH}}}")


def make_secret(draw: Callable[[str], str]) -> str:
    """Return a new secret.

    Args:
        draw: Returns one of the signs of a text, at random.
    """
    return PREFIX + "".join(draw(ALPHABET) for _ in range(LENGTH))


def is_secret(text: str) -> bool:
    """Tell whether it looks like one."""
    return _FORM.fullmatch(text) is not None


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret: 64 hex digits."""
    return hashlib.sha256(secret[:LONGEST].encode("utf-8", "surrogatepass")).hexdigest()


def find_owner(secret: str, owners: Iterable[tuple[str, str]]) -> str:
    """Return whose secret it is, "" when nobody's.

    Each one is compared, all of it, so that the time tells nothing.

    Args:
        owners: Id and hash of each.
    """
    given = hash_secret(secret)
    found = ""
    for owner, kept in owners:
        if hmac.compare_digest(given, kept):
            found = owner
    return found if len(secret) <= LONGEST else ""
