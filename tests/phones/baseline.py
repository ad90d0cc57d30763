#!/usr/bin/env python3
"""Measures what a stock phone does when servers or the DNS die, with or without sipha-stub.

One row takes minutes without the stub, because today's phones wait that long; see docs/phones.md.
Usage: baseline.py --phone baresip|linphone --row NAME [--stub PROGRAM]; --list names the rows.
"""

import argparse
import sys

import lab

COLD, SERVING = "at a cold start", "5 s after registration"


def cold_start(stage, start, fault, *, zone=None, limit_s=200):
    stage.reset(zone, grant_s=60)
    start.prepare()
    stage.fail(fault, "s1", "s2")
    began = now()
    phone = start()
    where, seconds = took(stage.registrar, phone.user, began, limit_s)
    return Measured(f"s1 and s2: {fault}, {COLD}", f"registered at {where}", seconds, limit_s)


def death(stage, start, fault, *, zone=None, limit_s=260):
    """The server a phone is registered at dies; the registrar grants 60 s."""
    stage.reset(zone, grant_s=60)
    start.prepare()
    began = now()
    phone = start()
    where, _ = took(stage.registrar, phone.user, began, 30)
    settled(began + 5)
    broken = stage.fail(fault, where)
    others = {"s1", "s2", "s3"} - {where}

    def moved():
        return [e for e in stage.registrar.accepted(phone.user, broken) if e.server in others]

    try:
        found, _ = wait_until(moved, limit_s, "the phone moves")
        return Measured(
            f"{where}: {fault}, {SERVING}", f"registered at {found[0].server}", found[0].at - broken, limit_s
        )
    except TimeoutError:
        return Measured(f"{where}: {fault}, {SERVING}", "nothing", None, limit_s)


def dns_dead(stage, start, *, limit_s=100):
    """The DNS vanishes while every SIP server is healthy: does the phone stay registered?"""
    stage.reset(Zone(ttl_s=5), grant_s=30)
    start.prepare()
    began = now()
    phone = start()
    took(stage.registrar, phone.user, began, 30)
    broken = stage.lab.black_hole(lab.DNS)
    settled(broken + limit_s)
    count = len(stage.registrar.accepted(phone.user, broken))
    return Measured("the DNS: black hole", f"{count} REGISTERs in {limit_s} s", limit_s, limit_s)


def settled(moment):
    """The clock is the condition: the figure is about what happens until then."""
    wait_until(lambda: now() >= moment, moment - now() + 1, "the time comes")


class Starter:
    """Starts the phone, and before it, while all is well, the stub."""

    def __init__(self, stage, phone, stub):
        self.stage, self.phone, self.stub = stage, phone, stub

    def prepare(self):
        if self.stub:
            start_stub(self.stage.lab, self.stub)
            asks = self.stage.lab.on_phone_side
            wait_until(lambda: asks(lambda: ask("127.0.0.1", lab.DOMAIN, 1)), 5, "the stub answers")

    def __call__(self):
        user = self.stage.next_user()
        if self.phone == "baresip":
            return start_baresip(self.stage.lab, user, account=";regint=600")
        return start_linphone(self.stage.lab, user)


ROWS = {
    "cold-refused": lambda w, s: cold_start(w, s, "port closed, FIN"),
    "cold-black-hole": lambda w, s: cold_start(w, s, "black hole"),
    "cold-503": lambda w, s: cold_start(w, s, "503"),
    "cold-503-retry-after": lambda w, s: cold_start(w, s, "503, Retry-After 5"),
    "death-black-hole": lambda w, s: death(w, s, "black hole"),
    "death-refused": lambda w, s: death(w, s, "port closed, FIN"),
    "dns-dead": dns_dead,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--phone", choices=("baresip", "linphone"), required=True)
    parser.add_argument("--row", choices=ROWS, required=True)
    parser.add_argument("--stub", help="the sipha-stub to put in front of the DNS")
    use = parser.parse_args()
    stage = Stage()
    start = Starter(stage, use.phone, use.stub)
    measured = ROWS[use.row](stage, start)
    print(f"{use.phone} {'with' if use.stub else 'without'} stub | {use.row} | {measured}", flush=True)
    stage.close()
    return 0


if __name__ == "__main__":
    lab.enter(phones=("baresip", "linphonec", "script"))
    from phone_programs import start_baresip, start_linphone, start_stub
    from processes import wait_until
    from stage import Measured, Stage, now, took
    from zone import Zone, ask

    sys.exit(main())
