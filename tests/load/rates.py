#!/usr/bin/env python3
"""CPU time of the proxy for each call and request at a fixed rate, beside Kamailio and a bare relay.

The targets take turns in one run; a row shows the median of the accepted rounds. A round is accepted
when nothing was lost, repeated or refused and the host stole at most 6 % of a core. User and system
time of all processes and threads of a target count, from /proc.

Exit codes: 0 every bar holds; 1 one is missed, or no round was accepted; 2 wrong usage;
3 the environment failed.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

from instructions import CONFIG, Failure

START_LIMIT_S = 20
MAX_STEAL = 0.06
ADDRESS = "127.0.78.1"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Row:
    name: str
    rate: int
    seconds: int
    arguments: tuple
    kamailio_share: float  # the bar: at most that share of Kamailio's CPU
    relays: float = 0      # and at most that many relays; 0: no relay can do this work


ROWS = (
    Row("call-udp", 1000, 8, ("call",), 0.5, 2.2),
    Row("call-tcp", 1000, 8, ("call", "--tcp"), 0.5),
    Row("options", 3000, 5, ("options",), 0.5),
    Row("register-new", 6000, 5, ("register",), 0.5),
)


def stat_fields(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()


def cpu_s(session):
    """User and system time of every process of a session."""
    total = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = stat_fields(entry)
            except OSError:
                continue
            if int(fields[3]) == session:
                total += int(fields[11]) + int(fields[12])
    return total / TICKS


def stolen_s():
    with open("/proc/stat", encoding="ascii") as stat:
        return int(stat.readline().split()[8]) / TICKS


class Target:
    """One started program with all its children, in a session of its own."""

    def __init__(self, name, argv, directory):
        self.name = name
        self.log_path = os.path.join(directory, f"{name}.log")
        with open(self.log_path, "wb") as log:
            self.child = subprocess.Popen(argv, stdout=log, stderr=subprocess.STDOUT,
                                          stdin=subprocess.DEVNULL, start_new_session=True)

    def wait_started(self):
        """Until its UDP port is bound: none of the programs says so in the same words."""
        end = time.monotonic() + START_LIMIT_S
        wanted = "%02X%02X%02X%02X:13C4" % tuple(int(x) for x in reversed(ADDRESS.split(".")))
        while time.monotonic() < end and self.child.poll() is None:
            with open("/proc/net/udp", encoding="ascii") as sockets:
                if wanted in sockets.read():
                    time.sleep(0.5)  # Kamailio forks on after it has bound
                    return
            time.sleep(0.05)
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            raise Failure(f"{self.name} did not start:\n{log.read()[-2000:]}")

    def end(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()


class Bench:
    def __init__(self, build, work):
        self.build = build
        self.work = work

    def program(self, *parts):
        return os.path.join(self.build, *parts)

    def written(self, name, text):
        path = os.path.join(self.work, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def argv(self, name):
        if name == "sipha":
            config = self.written("edge.yaml", CONFIG.format(address=ADDRESS))
            return [self.program("proxy", "sipha-proxy"), "--config", config]
        if name == "relay":
            return [self.program("tests", "load", "bare_relay"), f"{ADDRESS}:5060",
                    f"{ADDRESS}:6070"]
        template = os.path.join(os.path.dirname(__file__), "kamailio", "edge.cfg")
        with open(template, encoding="utf-8") as source:
            config = self.written("kamailio.cfg", source.read().replace("@ADDRESS@", ADDRESS))
        return [shutil.which("kamailio") or "/usr/sbin/kamailio", "-f", config, "-DD", "-E", "-x", "fm",
                "-X", "fm", "-m", "512", "-M", "16", "-w", self.work, "-Y", self.work]

    def round(self, row, name, divisor):
        """(CPU us for each unit, p50 us, whether the round counts)."""
        units = row.rate * row.seconds // divisor
        target = Target(name, self.argv(name), self.work)
        try:
            target.wait_started()
            before, stolen, began = cpu_s(target.child.pid), stolen_s(), time.monotonic()
            extra = ("--no-register",) if name == "relay" else ()
            loaded = subprocess.run(
                [self.program("tests", "load", "sip_load"), *row.arguments, *extra,
                 "--proxy", f"{ADDRESS}:5060", "--local", ADDRESS, "--units", str(units),
                 "--rate", str(row.rate)],
                capture_output=True, text=True, timeout=180, check=False)
            used = cpu_s(target.child.pid) - before
            steal = (stolen_s() - stolen) / (time.monotonic() - began)
            if loaded.returncode not in (0, 1):
                raise Failure(f"{row.name} with {name}: {loaded.stderr}")
            result = json.loads(loaded.stdout)
            return used * 1e6 / units, result["p50_us"], (
                loaded.returncode == 0 and steal <= MAX_STEAL)
        finally:
            target.end()

    def measure(self, row, rounds, divisor):
        names = ["sipha", "kamailio"] + (["relay"] if row.relays else [])
        all_rounds = {name: [] for name in names}
        for turn in range(rounds):
            for i in range(len(names)):
                name = names[(turn + i) % len(names)]
                all_rounds[name].append(self.round(row, name, divisor))
        out = {"row": row.name, "bar_kamailio": row.kamailio_share, "bar_relays": row.relays}
        for name, done in all_rounds.items():
            accepted = [each for each in done if each[2]]
            out[name] = {
                "cpu_us": round(statistics.median(e[0] for e in accepted or done), 1),
                "p50_us": statistics.median(e[1] for e in accepted or done),
                "accepted": len(accepted), "rounds": len(done)}
        out["of_kamailio"] = round(out["sipha"]["cpu_us"] / max(out["kamailio"]["cpu_us"], 0.1), 2)
        holds = out["of_kamailio"] <= row.kamailio_share
        if row.relays:
            out["relays"] = round(out["sipha"]["cpu_us"] / max(out["relay"]["cpu_us"], 0.1), 2)
            holds = holds and out["relays"] <= row.relays
        counted = all(out[name]["accepted"] for name in names)
        out["verdict"] = "not clean" if not counted else "ok" if holds else "MISSED"
        return out


def to_text(rows):
    def figure(row, name):
        one = row.get(name)
        return f"{one['cpu_us']:8.1f} {one['p50_us']:6.0f} {one['accepted']}/{one['rounds']}" if one else "-"

    lines = [f"{'row':14} {'ours: us p50 ok':>19} {'Kamailio':>19} {'relay':>19}"
             f" {'of K':>5} {'bar':>4} {'relays':>6} {'bar':>4}  verdict"]
    for row in rows:
        lines.append(
            f"{row['row']:14} {figure(row, 'sipha'):>19} {figure(row, 'kamailio'):>19}"
            f" {figure(row, 'relay'):>19} {row['of_kamailio']:5} {row['bar_kamailio']:4}"
            f" {row.get('relays', '-'):>6} {row['bar_relays'] or '-':>4}  {row['verdict']}")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    names = [row.name for row in ROWS]
    parser.add_argument("row", nargs="*", help="; ".join(names))
    parser.add_argument("--build", default="build/release", help="build directory")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if unknown := set(given.row) - set(names):
        parser.error(f"no row {sorted(unknown)}; one of {names}")
    work = tempfile.mkdtemp(prefix="sipha-rates-")
    try:
        bench = Bench(given.build, work)
        rounds, divisor = (1, 4) if given.quick else (5, 1)
        rows = [bench.measure(row, rounds, divisor) for row in ROWS
                if not given.row or row.name in given.row]
    except (OSError, Failure, subprocess.SubprocessError) as error:
        print(f"rates: {error}", file=sys.stderr)
        return 3
    finally:
        shutil.rmtree(work)
    print(json.dumps(rows) if given.json else to_text(rows))
    return 0 if all(row["verdict"] == "ok" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
