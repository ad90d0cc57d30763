#!/usr/bin/env python3
"""User instructions of the proxy for each unit of work, counted by callgrind: the slope between two
loads, so that start, registrations of the load and the end do not count. The load goes message by
message; the figure repeats to a fraction of a percent on any machine, however busy.

Exit codes: 0 every bar holds; 1 one is exceeded or a run was not clean; 2 wrong usage;
3 the environment failed.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

# Transactions end 32 s (64*T1) after their last message, and that end is part of their price.
LINGER_S = 34
START_LIMIT_S = 60
LOAD_LIMIT_S = 300


@dataclass(frozen=True)
class Workload:
    name: str
    bar: int  # most instructions that a unit may take
    aim: int
    loads: tuple  # units of the small and of the large load
    arguments: tuple
    # Work that the larger load does besides, as a workload whose slope is taken off.
    less: str = ""


WORKLOADS = (
    Workload("call-udp", 100_000, 70_000, (100, 500), ("call",)),
    Workload("call-tcp", 120_000, 80_000, (100, 500), ("call", "--tcp")),
    Workload("call-registered", 108_000, 72_100, (100, 500), ("call", "--users", "1000")),
    Workload("options", 9_000, 6_000, (500, 2500), ("options",)),
    Workload("register-new", 18_000, 12_000, (500, 2500), ("register",)),
    Workload(
        "register-refresh", 15_000, 10_000, (1000, 5000), ("register", "--times", "2"),
        less="register-new",
    ),
)

CONFIG = """version: 1
node: {{id: 1, name: bench}}
domains: [load.example]
listen:
  - {{transport: udp, address: {address}}}
  - {{transport: tcp, address: {address}}}
registrar:
  allow_from: [127.0.0.0/8]
upstream: ["sip:{address}:6070"]
"""


class Failure(Exception):
    """What cannot be measured, with the reason."""


def linger():
    time.sleep(LINGER_S)


def instructions_of(directory):
    """The total that callgrind wrote, over all of the process's dumps."""
    total = 0
    for path in glob.glob(os.path.join(directory, "callgrind.out.*")):
        with open(path, encoding="utf-8", errors="replace") as dump:
            found = re.search(r"^(?:totals|summary): (\d+)", dump.read(), re.M)
        total += int(found.group(1)) if found else 0
    return total


class Bench:
    def __init__(self, build, work):
        self.build = build
        self.work = work
        self.one_load = threading.Lock()  # loads take turns; their lingering overlaps

    def run(self, index, workload, units):
        """Instructions of one whole life of the proxy under `units` of this workload."""
        address = f"127.0.77.{index + 1}"
        directory = os.path.join(self.work, f"{workload.name}-{units}")
        os.makedirs(directory)
        config = os.path.join(directory, "edge.yaml")
        with open(config, "w", encoding="utf-8") as out:
            out.write(CONFIG.format(address=address))
        log = open(os.path.join(directory, "log"), "w+", encoding="utf-8")
        with self.one_load:
            proxy = subprocess.Popen(
                [shutil.which("valgrind") or "valgrind", "--tool=callgrind",
                 f"--callgrind-out-file={directory}/callgrind.out.%p",
                 os.path.join(self.build, "proxy", "sipha-proxy"), "--config", config],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )
            try:
                self.wait_started(proxy, log.name)
                loaded = subprocess.run(
                    [os.path.join(self.build, "tests", "load", "sip_load"), *workload.arguments,
                     "--proxy", f"{address}:5060", "--local", address, "--units", str(units)],
                    capture_output=True, text=True, timeout=LOAD_LIMIT_S, check=False,
                )
            except BaseException:
                proxy.kill()
                raise
        try:
            if loaded.returncode != 0:
                raise Failure(f"{workload.name}: {loaded.stdout}{loaded.stderr}")
            linger()
            proxy.send_signal(signal.SIGTERM)
            proxy.wait(timeout=START_LIMIT_S)
        finally:
            if proxy.poll() is None:
                proxy.kill()
                proxy.wait()
            log.close()
        count = instructions_of(directory)
        if count == 0:
            raise Failure(f"{workload.name}: callgrind wrote nothing, see {log.name}")
        return count

    @staticmethod
    def wait_started(proxy, log_path):
        end = time.monotonic() + START_LIMIT_S
        while time.monotonic() < end and proxy.poll() is None:
            with open(log_path, encoding="utf-8", errors="replace") as log:
                if "event=started" in log.read():
                    return
            time.sleep(0.05)
        with open(log_path, encoding="utf-8", errors="replace") as log:
            raise Failure(f"the proxy did not start:\n{log.read()}")

    def measure(self, workloads):
        jobs = [(each, units) for each in workloads for units in each.loads]
        with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
            counts = list(pool.map(lambda job: self.run(jobs.index(job), *job), jobs))
        slopes = {}
        for each in workloads:
            small, large = (counts[jobs.index((each, units))] for units in each.loads)
            slopes[each.name] = (large - small) / (each.loads[1] - each.loads[0])
        for each in workloads:
            if each.less:
                # Every second unit is one of the other kind.
                slopes[each.name] = 2 * slopes[each.name] - slopes[each.less]
        return slopes


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    names = [each.name for each in WORKLOADS]
    parser.add_argument("workload", nargs="*", help="; ".join(names))
    parser.add_argument("--build", default="build/release", help="build directory")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", action="store_true", help="keep callgrind's files, for a profile")
    given = parser.parse_args()
    if unknown := set(given.workload) - set(names):
        parser.error(f"no workload {sorted(unknown)}; one of {names}")
    wanted = {each.name for each in WORKLOADS if not given.workload or each.name in given.workload}
    wanted |= {each.less for each in WORKLOADS if each.name in wanted and each.less}
    chosen = [each for each in WORKLOADS if each.name in wanted]
    work = tempfile.mkdtemp(prefix="sipha-instructions-")
    try:
        slopes = Bench(given.build, work).measure(chosen)
    except (OSError, Failure, subprocess.SubprocessError) as error:
        print(f"instructions: {error}", file=sys.stderr)
        return 3 if isinstance(error, OSError) else 1
    finally:
        if given.keep:
            print(f"callgrind's files: {work}", file=sys.stderr)
        else:
            shutil.rmtree(work)
    rows = [
        {"unit": each.name, "instructions": round(slopes[each.name]), "bar": each.bar,
         "aim": each.aim, "verdict": "MISSED" if slopes[each.name] > each.bar
         else "ok" if slopes[each.name] > each.aim else "aim"}
        for each in chosen
    ]
    if given.json:
        print(json.dumps(rows))
    else:
        print(f"{'unit':18} {'instructions':>12} {'bar':>9} {'aim':>9}  verdict")
        for row in rows:
            print(f"{row['unit']:18} {row['instructions']:12,} {row['bar']:9,} {row['aim']:9,}  "
                  f"{row['verdict']}")
    return 1 if any(row["verdict"] == "MISSED" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
