"""What Wine itself cannot do: unit tests that may fail there, each with the reason.

A plugin of pytest, for test-under-wine. On Windows none of this holds.
"""

import fnmatch

import pytest

# Patterns of node ids.
LIMITS: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the listed tests fail; a line that fits nothing is a mistake.

    Raises:
        pytest.UsageError: A listed test is not in the file that it names any more.
    """
    ids = [item.nodeid for item in items]
    files = {one.partition("::")[0] for one in ids}
    for pattern, reason in LIMITS.items():
        found = fnmatch.filter(ids, pattern)
        if not found and pattern.partition("::")[0] in files:
            raise pytest.UsageError(f"wine_limits.py: there is no test {pattern}")
        for item in items:
            if item.nodeid in found:
                item.add_marker(pytest.mark.xfail(reason=f"Wine: {reason}", strict=False))
