#!/usr/bin/env python3
"""The whole chain on this machine: zones, Knot, three edges, two phones, a carrier, a killed node.

Usage: demo.py --build DIR [--keep] [--json]

Renders examples/two-sites, serves it with Knot DNS, starts three sipha-proxy processes as one
cluster, registers sipha's example phone and baresip through the zone, calls both from the carrier's
side with SIPp, kills the edge that holds their registrations and shows that calls go on. Needs no
root; everything stays on loopback addresses and in a temporary directory.

Exit codes: 0 all as expected, 1 something differed, 2 usage, 3 a program is missing.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from processes import Processes, wait_until  # noqa: E402
from world import EDGES, EU_CLIENT, NA_CLIENT, NODE_IDS, World, edge_at  # noqa: E402

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SOFTPHONE, BARESIP = "alice", "bob"


class Report:
    """The table of steps: what was expected, what was seen, how long it took."""

    def __init__(self):
        self.rows = []

    def step(self, name, expected, action):
        """Runs `action`, which returns (seen, is_as_expected), and prints one progress line."""
        start = time.monotonic()
        try:
            seen, is_good = action()
        except (TimeoutError, OSError, LookupError, StopIteration, AttributeError) as error:
            seen, is_good = f"{type(error).__name__}: {error}", False
        took = time.monotonic() - start
        self.rows.append((name, expected, seen, f"{took:.2f} s", is_good))
        print(f"[{'ok' if is_good else 'FAILED':>6}] {name}: {seen} ({took:.2f} s)", flush=True)

    def is_good(self):
        return all(row[4] for row in self.rows)

    def table(self):
        rows = [("step", "expected", "seen", "time", "")]
        rows += [(*row[:4], "ok" if row[4] else "DIFFERS") for row in self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        return "\n".join("  ".join(c.ljust(w) for c, w in zip(r, widths)).rstrip() for r in rows)


class Demo:
    def __init__(self, world, report):
        self.world = world
        self.report = report
        self.softphone = None
        self.victim = None
        self.killed_at_ms = 0.0

    def run(self):
        step = self.report.step
        step("zones rendered", "eu.zone, na.zone", self.zones)
        step("Knot serves them", "eu: ams first, na: nyc first", self.dns)
        step("three edges form a cluster", "3 ready nodes", self.edges)
        step("baresip registers by DNS", "at a site-ams edge", self.baresip)
        step("example phone registers by DNS", "at the same edge", self.example_phone)
        step("registrations replicated", "2 phones on 3 nodes", self.replicated)
        for user in (BARESIP, SOFTPHONE):
            step(f"call {user} through nyc1", "answered", lambda u=user: self.call("nyc1", u))
        step("only one node pings baresip", "1 node", self.pings)
        step("SIGKILL to the phones' edge", "noticed by both in < 2 s", self.kill)
        step("example phone on another edge", "< 2 s after the kill", self.moved)
        for edge in EDGES:
            if edge != self.victim:
                for user in (BARESIP, SOFTPHONE):
                    step(
                        f"call {user} through {edge}",
                        "answered",
                        lambda e=edge, u=user: self.call(e, u),
                    )
        step("killed edge restarted", "ready, 2 phones refilled", self.restart)
        for user in (BARESIP, SOFTPHONE):
            step(
                f"call {user} through restarted {self.victim}",
                "answered",
                lambda u=user: self.call(self.victim, u),
            )
        step("everything ends on SIGTERM", "exit code 0, none left", self.end)

    def zones(self):
        done, zones = self.world.render_zones()
        good = done.returncode == 0 and zones == ["eu.zone", "na.zone"]
        return (", ".join(zones) if good else done.stderr.strip() or str(zones)), good

    def dns(self):
        self.world.start_dns()
        eu, na = self.world.locate(EU_CLIENT), self.world.locate(NA_CLIENT)
        names = [[edge_at(c) for c in order if c.startswith("udp:")] for order in (eu, na)]
        good = (
            set(names[0][:2]) == {"ams1", "ams2"}
            and names[0][2:] == ["nyc1"]
            and names[1][:1] == ["nyc1"]
            and set(names[1][1:]) == {"ams1", "ams2"}
        )
        return f"eu: {' '.join(map(str, names[0]))}, na: {' '.join(map(str, names[1]))}", good

    def edges(self):
        self.world.start_edges()
        _, took = wait_until(
            lambda: all(self.world.is_ready(edge, 2) for edge in EDGES), 10, "edges ready"
        )
        return f"3 ready after {took:.1f} s", True

    def baresip(self):
        self.world.start_baresip(BARESIP)
        self.victim, _ = wait_until(lambda: self.world.holder(BARESIP, "nyc1"), 10, "registration")
        return f"at {self.victim}", self.victim in ("ams1", "ams2")

    def example_phone(self):
        # The draw is by weight; a seed that leads to the same edge lets one kill hit both phones.
        seed = self.world.seed_for(self.victim)
        self.softphone = self.world.start_softphone(SOFTPHONE, seed)
        edge, _ = wait_until(lambda: self.world.holder(SOFTPHONE, "nyc1"), 10, "registration")
        return f"at {edge}", edge == self.victim

    def replicated(self):
        def known():
            return sum(
                self.world.contact(edge, user) is not None
                for edge in EDGES
                for user in (BARESIP, SOFTPHONE)
            )

        wait_until(lambda: known() == 6, 5, "replication")
        return "2 phones on 3 nodes", True

    def call(self, edge, user):
        error = self.world.call(edge, user)
        return ("answered" if error is None else error), error is None

    def pings(self):
        def pingers():
            return [
                edge
                for edge in EDGES
                if self.world.ask(edge, "status").get("totals", {}).get("pings", 0) > 0
            ]

        wait_until(pingers, 12, "first ping")
        seen = pingers()
        return f"{len(seen)} node ({', '.join(seen)})", seen == [self.victim]

    def kill(self):
        survivors = [edge for edge in EDGES if edge != self.victim]
        self.killed_at_ms = time.time() * 1000
        self.world.edges[self.victim].kill()
        victim_id = NODE_IDS[self.victim]
        _, took = wait_until(
            lambda: all(
                self.world.node_states(edge).get(victim_id, {}).get("state") == "dead"
                for edge in survivors
            ),
            5,
            "death noticed",
        )
        return f"{self.victim} dead for {' and '.join(survivors)} after {took:.2f} s", took < 2

    def moved(self):
        def registered():
            lines = re.findall(
                r"^(\d+) registered edge=udp:([\d.]+):", self.softphone.output(), re.MULTILINE
            )
            return [(int(ms), ip) for ms, ip in lines if int(ms) > self.killed_at_ms]

        found, _ = wait_until(registered, 5, "registration elsewhere")
        after = (found[0][0] - self.killed_at_ms) / 1000
        edge = edge_at(found[0][1])
        return f"at {edge} {after:.2f} s after the kill", edge != self.victim and after < 2

    def restart(self):
        self.world.start_edge(self.victim)

        def refilled():
            return self.world.is_ready(self.victim, 2) and all(
                self.world.contact(self.victim, user) for user in (BARESIP, SOFTPHONE)
            )

        _, took = wait_until(refilled, 10, "refill")
        return f"ready with 2 phones after {took:.1f} s", True

    def end(self):
        # Phones first, so that they can unregister.
        phones_first = sorted(
            self.world.processes.all, key=lambda process: process.name in (*EDGES, "knot")
        )
        codes = {process.name: process.end() for process in phones_first if process.is_running()}
        ours = {name: code for name, code in codes.items() if name not in ("knot", "baresip")}
        left = self.world.processes.running()
        good = not left and all(code == 0 for code in ours.values()) and len(codes) == 6
        return (f"{len(codes)} ended, none left" if good else f"{codes}, left: {left}"), good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="build directory, e.g. build/release")
    parser.add_argument("--keep", action="store_true", help="keep the working directory")
    parser.add_argument("--json", action="store_true", help="print the table as JSON at the end")
    options = parser.parse_args()
    missing = [p for p in ("sipp", "baresip") if shutil.which(p) is None]
    if shutil.which("knotd") is None and not os.path.exists("/usr/sbin/knotd"):
        missing.append("knotd")
    if missing:
        print(f"demo: missing programs: {', '.join(missing)}; run ./dev deps", file=sys.stderr)
        return 3
    start = time.monotonic()
    directory = tempfile.mkdtemp(prefix="sipha-demo-")
    report = Report()
    with Processes(directory) as processes:
        Demo(World(REPOSITORY, os.path.abspath(options.build), directory, processes), report).run()
    if options.json:
        keys = ("step", "expected", "seen", "time", "is_as_expected")
        print(json.dumps([dict(zip(keys, row)) for row in report.rows]))
    else:
        print("\n" + report.table())
    print(f"\n{len(report.rows)} steps in {time.monotonic() - start:.0f} s", end="")
    if report.is_good() and not options.keep:
        shutil.rmtree(directory)
        print("")
    else:
        print(f"; logs are in {directory}")
    return 0 if report.is_good() else 1


if __name__ == "__main__":
    sys.exit(main())
