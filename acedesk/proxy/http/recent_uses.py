"""Who asked for what of late: a few numbers for each program, for people to look at.

Written once for each request, never while media flows.
"""

import dataclasses
import datetime
from collections import OrderedDict
from typing import Final

from acedesk.model.access.use import Contract, ProgramUse

# A household has a dozen programs; somebody who invents names only pushes the oldest out.
MOST_USES: Final = 100


class RecentUses:
    """The last program, address, contract and token of each kind, the newest last."""

    def __init__(self) -> None:
        self._uses: OrderedDict[tuple[str, str, Contract, str], ProgramUse] = OrderedDict()

    @property
    def uses(self) -> tuple[ProgramUse, ...]:
        """All of them, the one that asked last first."""
        return tuple(reversed(self._uses.values()))

    def note(
        self,
        program: str,
        address: str,
        contract: Contract,
        time: datetime.datetime,
        *,
        device: str = "",
    ) -> None:
        """Note one request; the program that was silent longest is forgotten for a new one."""
        key = (program, address, contract, device)
        before = self._uses.pop(key, None)
        if before is None and len(self._uses) >= MOST_USES:
            self._uses.popitem(last=False)
        if before is None:
            self._uses[key] = ProgramUse(
                program=program,
                address=address,
                contract=contract,
                time=time,
                count=1,
                device=device,
            )
        else:
            self._uses[key] = dataclasses.replace(before, time=time, count=before.count + 1)
