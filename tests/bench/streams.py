#!/usr/bin/env python3
"""Streams through the real program, against the floor of the same run; see README.md."""

import argparse
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Limit:
    """What one scenario may cost.

    Attributes:
        floor: Name of the C program it is compared with.
        times: How many times its CPU seconds per delivered GB, by face.
        latency_ms: Bound of the latency engine to player, p99, by face.
    """

    floor: str
    times: dict[str, float]
    latency_ms: dict[str, float]


LIMITS = {
    "fanout_max": Limit("floor-write256k", {"serve": 1.2, "desktop": 1.2}, {}),
    "fanout_live": Limit(
        "floor-coalesce64k", {"serve": 1.4, "desktop": 2.5}, {"serve": 60, "desktop": 80}
    ),
    "many_streams": Limit("floor-write64k", {"serve": 1.7, "desktop": 3.2}, {"serve": 60}),
    "crowd": Limit("floor-write64k", {"serve": 1.4, "desktop": 1.8}, {"serve": 100}),
}


def specs() -> dict[str, dict[str, object]]:
    """Return how the bench starts each face of AceDesk."""
    common = ["--engine", "127.0.0.1:{engine}", "--port", "{listen}", "--data-dir", "{work}/data"]
    base = {"path": "/ace/getstream?id=%s", "ready": "/health/ready"}
    environment = {"PYTHONPATH": str(ROOT), "ACEDESK_LOG_LEVEL": "warning"}
    return {
        "serve": {
            **base,
            "cmd": [sys.executable, "-m", "acedesk", "serve", *common],
            "env": environment,
        },
        "desktop": {
            **base,
            "cmd": [sys.executable, "-m", "acedesk", *common],
            "env": {**environment, "QT_QPA_PLATFORM": "offscreen"},
        },
    }


def run(
    harness: pathlib.Path, scenario: str, proxies: list[str], rounds: int
) -> list[dict[str, object]]:
    """Run one scenario, A B A B, and return the rows of the bench."""
    with tempfile.TemporaryDirectory() as folder:
        spec_file, out = pathlib.Path(folder, "specs.json"), pathlib.Path(folder, "rows.jsonl")
        spec_file.write_text(json.dumps(specs()))
        command = [sys.executable, str(harness / "measure.py"), "--scenario", scenario]
        command += ["--proxies", ",".join(proxies), "--specs", str(spec_file)]
        command += ["--rounds", str(rounds), "--quiet", "--out", str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return [json.loads(line) for line in out.read_text().splitlines() if line.strip()]


def median(rows: list[dict[str, object]], proxy: str, *path: str) -> float:
    """Return the median of one figure of one proxy, not a number when it was never measured."""
    found = []
    for row in rows:
        value: object = row
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if row["proxy"] == proxy and isinstance(value, (int, float)):
            found.append(float(value))
    return statistics.median(found) if found else float("nan")


def main() -> int:
    """Run the scenarios and tell; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--harness", default=os.environ.get("ACEDESK_BENCH", ""))
    parser.add_argument("--scenario", default=",".join(LIMITS))
    parser.add_argument("--faces", default="serve,desktop")
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    harness = pathlib.Path(wanted.harness)
    if not (harness / "measure.py").is_file():
        parser.error("--harness (or ACEDESK_BENCH) must name the folder of measure.py")
    faces = wanted.faces.split(",")
    failed = False
    for scenario in wanted.scenario.split(","):
        limit = LIMITS[scenario]
        rows = run(harness, scenario, [*faces, limit.floor], wanted.rounds)
        floor = median(rows, limit.floor, "cpu_s_per_gb")
        print(f"{scenario}: {limit.floor} {floor:.3f} CPU s/GB")
        for face in faces:
            cost = median(rows, face, "cpu_s_per_gb")
            latency = median(rows, face, "lat_ms", "p99")
            allowed, bound = limit.times[face], limit.latency_ms.get(face)
            bad = [
                f"{name} {value:.0f}"
                for name in ("lost", "dup", "corrupt", "no_byte")
                if (value := median(rows, face, name)) > 0
            ]
            passed = cost <= allowed * floor and not bad and not (bound and latency > bound)
            failed |= not passed
            print(
                f"  {face:8} {cost:.3f} CPU s/GB = {cost / floor:.2f} x floor (at most {allowed})"
                f"  p99 {latency:.0f} ms{f' (at most {bound:.0f})' if bound else ''}"
                f"  {', '.join(bad) or 'nothing lost'}  {'ok' if passed else 'TOO MUCH'}"
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
