"""Command line before environment before file before default."""

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk import settings
from acedesk.errors import SettingsError
from acedesk.store.sources import effective


@hypothesis.given(
    in_file=st.none() | st.integers(0, 65535),
    in_environment=st.none() | st.integers(0, 65535),
    in_arguments=st.none() | st.integers(0, 65535),
)
def test_the_nearest_source_wins(
    in_file: int | None, in_environment: int | None, in_arguments: int | None
) -> None:
    found = effective(
        {} if in_file is None else {"port": in_file},
        {} if in_environment is None else {"ACEDESK_PORT": str(in_environment)},
        {} if in_arguments is None else {"port": in_arguments},
    )

    order = (in_arguments, in_environment, in_file, settings.default("port"))
    assert found.port == next(value for value in order if value is not None)


@pytest.mark.parametrize("name", settings.names())
def test_every_setting_can_come_from_the_environment(name: str) -> None:
    default = settings.default(name)
    text = ",".join(default) if isinstance(default, tuple) else str(default)

    found = effective({}, {"ACEDESK_" + name.upper(): text}, {})

    assert getattr(found, name) == default


def test_an_empty_variable_counts_as_not_set() -> None:
    found = effective({"port": 9000}, {"ACEDESK_PORT": ""}, {})

    assert found.port == 9000


def test_a_bad_variable_is_named_with_the_reason() -> None:
    with pytest.raises(SettingsError) as caught:
        effective({}, {"ACEDESK_PORT": "many"}, {})

    assert caught.value.field == "ACEDESK_PORT"
    assert caught.value.reason == "must be a whole number"
