"""What start-up made is not walked through again and again."""

import gc
import subprocess
import sys

SCRIPT = """
import gc
from acedesk.process import gc_tuning
kept = [[] for _ in range(10_000)]
gc_tuning.settle()
assert gc.get_freeze_count() > 10_000
assert len(gc.get_objects()) < 1000
assert gc.get_threshold()[0] == gc_tuning.YOUNG
cycle = []
cycle.append(cycle)
del cycle
assert gc.collect() >= 1
print("well")
"""


def test_what_exists_is_left_out_and_later_garbage_is_found() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("well\n", "")
    assert gc.isenabled()
