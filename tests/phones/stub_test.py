#!/usr/bin/env python3
"""Stock phones, unchanged, behind sipha-stub: what their DNS tells them is alive and in order.

Usage: stub_test.py --build DIR [PART-OF-A-NAME...]
With SIPHA_PHONES_LONG set, the rows that a stock phone makes slow run too; baseline.py measures the
same phones without the stub.
"""

import argparse
import os
import socket
import sys
import unittest

import lab

LONG = bool(os.environ.get("SIPHA_PHONES_LONG"))
A = 1
LOOPBACK = "127.0.0.1"
# Above the stub the phone adds its own start and one DNS round trip.
START_S = 3


class BehindStub(unittest.TestCase):
    build = None

    @classmethod
    def setUpClass(cls):
        cls.stage = Stage()
        cls.registrar = cls.stage.registrar

    @classmethod
    def tearDownClass(cls):
        cls.stage.close()

    def setUp(self):
        self.stub = None
        self.phones = []

    def tearDown(self):
        for phone in self.phones:
            phone.power_off()
        if self.stub:
            self.stub.end()
        self.stage.lab.use_dns(lab.DNS)

    def start_stub(self, *options):
        program = os.path.join(self.build, "resolver", "sipha-stub")
        self.stub = start_stub(self.stage.lab, program, "--probe-interval", "500", *options)
        wait_until(lambda: self.stub_names(*lab.SERVERS), 5, "the stub answers")

    def stub_names(self, *servers):
        """Whether the stub gives the domain the address of one of these: the first live place."""
        answer = self.stage.lab.on_phone_side(lambda: ask(LOOPBACK, lab.DOMAIN, A)) or b""
        return any(socket.inet_aton(lab.SERVERS[name]) in answer for name in servers)

    def start(self, kind):
        user = self.stage.next_user()
        if kind == "baresip":
            phone = start_baresip(self.stage.lab, user, account=";regint=600")
        else:
            phone = start_linphone(self.stage.lab, user, expires_s=600)
        self.phones.append(phone)
        return phone

    def measure(self, fault, phone, since, bound_s, server=None):
        where, seconds = took(self.registrar, phone.user, since, bound_s, server)
        measured = Measured(fault, f"registered at {where}", seconds, bound_s)
        print(f"{self.id().rsplit('.', 1)[-1]} | {measured}", flush=True)
        self.assertIsNotNone(seconds, f"{measured}\n{self.stub.output()[-2000:]}")
        return where

    def cold_start(self, kind, fault):
        """Both preferred servers are dead; the level below holds a single record."""
        self.stage.reset()
        self.start_stub()
        self.stage.fail(fault, "s1", "s2")
        wait_until(lambda: self.stub_names("s3"), 10, "the stub has noticed")
        began = now()
        phone = self.start(kind)
        where = self.measure(f"{kind}: s1, s2: {fault} at a cold start", phone, began, START_S)
        self.assertEqual(where, "s3")
        self.assertEqual(self.registrar.call(phone.user), "s3")

    def test_baresip_cold_start_refused(self):
        self.cold_start("baresip", "port closed, FIN")

    def test_baresip_cold_start_black_hole(self):
        self.cold_start("baresip", "black hole")

    def test_linphone_cold_start_refused_reaches_the_single_record_below(self):
        self.cold_start("linphone", "port closed, FIN")

    def test_linphone_cold_start_black_hole_reaches_the_single_record_below(self):
        self.cold_start("linphone", "black hole")

    def test_baresip_follows_the_weights_as_the_stub_draws_them(self):
        """By itself baresip sends nine of ten users wherever the hash of their names says."""
        starts, users = 20, 3
        self.stage.reset(Zone(levels=((10, 90, "s1"), (10, 10, "s2"), (20, 0, "s3"))))
        first = {"s1": [], "s2": []}
        for seed in range(1, starts + 1):
            self.start_stub("--seed", str(seed))
            first["s1" if self.stub_names("s1") else "s2"].append(seed)
            self.stub.end()
        print(f"90/10, {starts} seeds | seen: s1 first {len(first['s1'])}, s2 first {len(first['s2'])}")
        self.assertTrue(first["s1"] and first["s2"], "one of the two is never first")
        # Seeds make the draw repeatable; 9 of 20 would be six standard deviations away.
        self.assertGreater(len(first["s1"]), 13)
        for expected, seeds in first.items():
            self.start_stub("--seed", str(seeds[0]))
            for _ in range(users):
                began = now()
                phone = self.start("baresip")
                where, _ = took(self.registrar, phone.user, began, START_S)
                self.assertEqual(where, expected)
            self.stub.end()

    def test_baresip_moves_at_its_own_refresh(self):
        """The stub cannot make a phone register; the next REGISTER asks the DNS and goes right."""
        granted_s = 4
        self.stage.reset(grant_s=granted_s)
        self.start_stub()
        began = now()
        phone = self.start("baresip")
        where, _ = took(self.registrar, phone.user, began, 5)
        broken = self.stage.fail("port closed, FIN", where)
        # 0.9 E until its refresh, and what the stub may take to notice.
        self.measure(f"baresip: {where} dies after registration, E={granted_s}", phone, broken, 0.9 * granted_s + 3)

    @unittest.skipUnless(LONG, "linphone gives up an old server only after 32 s without an answer")
    def test_linphone_moves_after_its_own_timeout(self):
        self.stage.reset(grant_s=10)
        self.start_stub()
        began = now()
        phone = self.start("linphone")
        where, _ = took(self.registrar, phone.user, began, 5)
        broken = self.stage.fail("black hole", where)
        self.measure(f"linphone: {where} dies after registration, E=10", phone, broken, 240)

    def dead_dns(self, kind):
        granted_s = 3
        self.stage.reset(Zone(ttl_s=1), grant_s=granted_s)
        self.start_stub()
        began = now()
        phone = self.start(kind)
        where, _ = took(self.registrar, phone.user, began, 5)
        self.assertIsNotNone(where)
        broken = self.stage.lab.black_hole(lab.DNS)
        wait_until(lambda: now() > broken + 2 * granted_s, 15, "two lifetimes pass")
        times = [r.at for r in self.registrar.accepted(phone.user)] + [now()]
        gap = max(later - earlier for earlier, later in zip(times, times[1:]))
        print(
            f"{self.id().rsplit('.', 1)[-1]} | fault: {kind}: DNS black hole, TTL 1 | seen: "
            f"{len(times) - 2} refreshes, longest gap | time: {gap:.3f} s | bound: {granted_s} s"
        )
        self.assertLessEqual(gap, granted_s, "the registration ran out")

    def test_baresip_stays_registered_without_dns(self):
        self.dead_dns("baresip")

    def test_linphone_stays_registered_without_dns(self):
        self.dead_dns("linphone")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", required=True)
    use, rest = parser.parse_known_args()
    BehindStub.build = os.path.abspath(use.build)
    sys.exit(run_share(BehindStub, rest))


if __name__ == "__main__":
    lab.enter(parts=4, phones=("baresip", "linphonec", "script"))
    from phone_programs import start_baresip, start_linphone, start_stub
    from processes import wait_until
    from stage import Measured, Stage, now, run_share, took
    from zone import Zone, ask

    main()
