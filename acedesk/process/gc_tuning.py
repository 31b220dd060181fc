"""The collector of cyclic garbage, and how often it stops everything.

What start-up made (modules, classes, windows: some 200,000 objects) lives as long as the program.
Walking through it again and again took a quarter of the processor time of a hundred streams, in
stops of 30 ms and more.
"""

import gc
from typing import Final

# The default of 700 new objects walks the young ones at every other answer of an engine.
YOUNG: Final = 2000


def settle() -> None:
    """Leave what exists now out of all later collections; to be called when all is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
