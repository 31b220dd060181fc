"""What is said of programs that use AceDesk."""

import dataclasses
import datetime

from acedesk.model.access.use import Contract, ProgramUse
from acedesk.words.programs import CONTRACTS, describe_use

USE = ProgramUse(
    program="Kodi",
    address="10.0.0.1",
    contract=Contract.HLS,
    time=datetime.datetime(2026, 1, 31, tzinfo=datetime.UTC),
    count=1,
)


def test_who_it_was_and_how_often() -> None:
    named = dataclasses.replace(USE, device="TV", count=3)

    assert describe_use(USE) == "10.0.0.1 · 1 request"
    assert describe_use(named) == "10.0.0.1 (TV) · 3 requests"
    assert describe_use(dataclasses.replace(USE, address="")) == "this computer · 1 request"


def test_every_contract_has_a_name() -> None:
    assert set(CONTRACTS) == set(Contract)
