"""The registry is that of Windows; elsewhere that is said."""

import sys

import pytest

from acedesk.errors import StorageError
from acedesk.store.registry import user_registry


@pytest.mark.skipif(sys.platform == "win32", reason="there is one")
def test_other_systems_have_no_registry() -> None:
    with pytest.raises(StorageError, match="Windows only"):
        user_registry()
