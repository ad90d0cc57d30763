#!/usr/bin/env python3
"""What a phone linked with the resolver must do when servers and the DNS die, measured.

Usage: criteria_test.py --phone baresip|sofia --build DIR [PART-OF-A-NAME...]
With SIPHA_PHONES_LONG set, rows that take longer than a few seconds run too.
"""

import argparse
import os
import sys
import unittest

import lab

LONG = bool(os.environ.get("SIPHA_PHONES_LONG"))
PROBED = "1 s probes, E=3600"


class Criteria(unittest.TestCase):
    """One method per row; the number of the criterion comes first in its name."""

    build = start_phone = None

    @classmethod
    def setUpClass(cls):
        cls.stage = Stage()
        cls.registrar = cls.stage.registrar

    @classmethod
    def tearDownClass(cls):
        cls.stage.close()

    def setUp(self):
        self.phones = []

    def tearDown(self):
        failed = any(error for _, error in self._outcome.errors) if hasattr(self._outcome, "errors") else (
            bool(self._outcome.result.failures or self._outcome.result.errors)
        )
        for phone in self.phones:
            phone.power_off()
            if failed:
                print(f"--- output of {phone.user}:\n{phone.process.output()[-4000:]}", flush=True)

    def start(self, figures=None):
        phone = type(self).start_phone(
            self.stage, self.build, self.stage.next_user(), figures or Figures()
        )
        self.phones.append(phone)
        return phone

    def started(self, figures=None):
        """A phone that has registered, and where. It is also pinned: its server has answered."""
        began = now()
        phone = self.start(figures)
        entry = self.registrar.wait_registered(phone.user, began, 5)
        return phone, entry.server

    def measure(self, fault, phone, since, bound_s, server=None):
        """Prints and judges the time until the first accepted REGISTER since a moment."""
        where, seconds = took(self.registrar, phone.user, since, bound_s, server)
        measured = Measured(fault, f"registered at {where}", seconds, bound_s)
        print(f"{self.id().rsplit('.', 1)[-1]} | {measured}", flush=True)
        self.assertIsNotNone(seconds, measured)
        self.assertLessEqual(seconds, bound_s, measured)
        return where

    # --- 1, 2, 3: cold start ----------------------------------------------------------------------

    def cold_start(self, transport, fault, bound_s):
        self.stage.reset(Zone(transports=(transport,)))
        self.stage.fail(fault, "s1", "s2")
        began = now()
        phone = self.start(Figures(transports=(transport,)))
        where = self.measure(f"s1, s2: {fault} at a cold start, {transport}", phone, began, bound_s)
        self.assertEqual(where, "s3")

    def test_01_cold_start_udp_refused(self):
        self.cold_start("udp", "port closed, FIN", 0.5)

    def test_01_cold_start_tcp_refused(self):
        self.cold_start("tcp", "port closed, FIN", 0.5)

    def test_02_cold_start_udp_black_hole(self):
        self.cold_start("udp", "black hole", 2.5)

    def test_02_cold_start_tcp_black_hole(self):
        self.cold_start("tcp", "black hole", 2.5)

    def busy_server(self, transport, retry_after):
        """The server of the phone says 503: the next one at once, and that one is left alone."""
        self.stage.reset(Zone(transports=(transport,)))
        fault = "503" + (f", Retry-After {retry_after}" if retry_after else "")
        self.registrar.set_mode(Mode.UNAVAILABLE, "s1", "s2", retry_after=retry_after)
        phone = self.start(Figures(transports=(transport,)))
        wait_until(lambda: self.registrar.sent_by(phone.user), 3, "the phone registers")
        refused = self.registrar.sent_by(phone.user)[0]
        where, seconds = took(self.registrar, phone.user, 0, 3)
        last = [r for r in self.registrar.sent_by(phone.user) if r.status == 503][-1]
        accepted = self.registrar.accepted(phone.user)[0]
        measured = Measured(
            f"{refused.server}: {fault}, {transport}",
            f"registered at {where} after {last.server} had refused",
            accepted.at - last.at,
            0.1,
        )
        print(f"{self.id().rsplit('.', 1)[-1]} | {measured}", flush=True)
        self.assertIsNotNone(seconds)
        self.assertLessEqual(accepted.at - last.at, 0.1)
        self.registrar.set_mode(Mode.OK, "s1", "s2")
        # Left alone for as long as it asked for.
        until = last.at + min(retry_after or 3, 3)
        wait_until(lambda: now() > until, 5, "Retry-After passes")
        early = [
            r for r in self.registrar.sent_by(phone.user)
            if accepted.at < r.at < until and r.server in ("s1", "s2")
        ]
        self.assertEqual(early, [])

    def test_03_busy_server_udp(self):
        self.busy_server("udp", None)

    def test_03_busy_server_with_retry_after_udp(self):
        self.busy_server("udp", 3)

    def test_03_busy_server_with_retry_after_tcp(self):
        self.busy_server("tcp", 3)

    def test_03_registration_is_never_abandoned(self):
        self.stage.reset()
        self.registrar.set_mode(Mode.UNAVAILABLE, *lab.SERVERS, retry_after=1)
        phone = self.start()
        wait_until(
            lambda: {r.server for r in self.registrar.sent_by(phone.user)} >= {"s1", "s2", "s3"},
            5,
            "every server was asked",
        )
        healed = self.registrar.revive(*lab.SERVERS)
        self.measure("every server: 503, Retry-After 1; then well", phone, healed, 4)

    # --- 4 to 7: death after registration ---------------------------------------------------------

    def death(self, transport, fault, bound_s):
        self.stage.reset(Zone(transports=(transport,)))
        phone, where = self.started(Figures(transports=(transport,)))
        self.let_it_settle(phone, where)
        broken = self.stage.fail(fault, where)
        moved_to = self.measure(
            f"{where}: {fault} after registration, {transport}, {PROBED}", phone, broken, bound_s
        )
        self.assertNotEqual(moved_to, where)
        self.assertEqual(self.registrar.call(phone.user), moved_to)

    def let_it_settle(self, phone, where):
        """A call before the fault: the phone is reachable, and its server has been probed."""
        self.assertEqual(self.registrar.call(phone.user), where)
        settled = now() + 0.5
        wait_until(lambda: now() >= settled, 2, "half a second passes")

    def test_04_udp_black_hole(self):
        self.death("udp", "black hole", 3)

    def test_04_udp_silent_process(self):
        self.death("udp", "silent process", 3)

    def test_05_udp_port_closed(self):
        self.death("udp", "port closed, FIN", 0.5)

    def test_06_tcp_fin(self):
        self.death("tcp", "port closed, FIN", 0.2)

    def test_06_tcp_rst(self):
        self.death("tcp", "port closed, RST", 0.2)

    def test_07_tcp_black_hole(self):
        self.death("tcp", "black hole", 3)

    @unittest.skipUnless(LONG, "takes up to 15 s each")
    def test_04_07_field_profile(self):
        for transport in ("udp", "tcp"):
            self.stage.reset(Zone(transports=(transport,)))
            phone, where = self.started(Figures(transports=(transport,), profile="field"))
            self.let_it_settle(phone, where)
            broken = self.stage.fail("black hole", where)
            self.measure(f"{where}: black hole, field profile, {transport}", phone, broken, 15)

    # --- 8: failback ------------------------------------------------------------------------------

    def on_backup(self, figures):
        """A phone on s3, because s1 and s2 were dead when it started."""
        self.stage.reset()
        self.registrar.kill("s1", "s2")
        phone, where = self.started(figures)
        self.assertEqual(where, "s3")
        return phone

    def test_08_failback_after_hold_down(self):
        phone = self.on_backup(Figures(hold_down=2000))
        revived = self.registrar.revive("s1", "s2")
        self.measure("s1, s2 come back, hold-down 2 s", phone, revived, 6)
        entry = self.registrar.accepted(phone.user, revived)[0]
        self.assertIn(entry.server, ("s1", "s2"))
        self.assertGreaterEqual(entry.at - revived, 2.0, "before the hold-down had passed")

    def test_08_no_failback_during_a_call(self):
        phone = self.on_backup(Figures(hold_down=1000))
        call = self.registrar.begin_call(phone.user)
        revived = self.registrar.revive("s1", "s2")
        wait_until(lambda: now() > revived + 4, 6, "the time of three hold-downs passes")
        self.assertEqual(self.registrar.accepted(phone.user, revived), [], "moved during a call")
        ended = now()
        self.registrar.end_call(call)
        self.measure("the call ends, s1 and s2 long since back", phone, ended, 3)

    @unittest.skipUnless(LONG, "takes a minute")
    def test_08_a_flapping_server_causes_at_most_one_move_per_hold_down(self):
        self.stage.reset(Zone(levels=((10, 0, "s1"), (20, 0, "s3"))))
        phone, _ = self.started(Figures(hold_down=15000))
        began = now()
        for half in range(12):
            flip = began + 5 * (half + 1)
            self.registrar.revive("s1") if half % 2 else self.registrar.kill("s1")
            wait_until(lambda: now() > flip, 6, "five seconds pass")
        moves = [r for r in self.registrar.accepted(phone.user, began)]
        print(f"fault: s1 flaps each 10 s for 60 s, hold-down 15 s | seen: {len(moves)} moves | bound: 4")
        self.assertLessEqual(len(moves), 4)

    # --- 9, 10, 11: the DNS -----------------------------------------------------------------------

    def dns_dies(self, kill_dns, what):
        self.stage.reset(Zone(ttl_s=1), grant_s=3)
        phone, where = self.started(Figures(expires_s=3))
        broken = kill_dns()
        wait_until(lambda: now() > broken + 6, 8, "six seconds, two lifetimes, pass")
        times = [r.at for r in self.registrar.accepted(phone.user)] + [now()]
        gap = max(later - earlier for earlier, later in zip(times, times[1:]))
        measured = Measured(what, f"{len(times) - 1} REGISTERs, longest gap", gap, 3)
        print(f"{self.id().rsplit('.', 1)[-1]} | {measured}", flush=True)
        self.assertLessEqual(gap, 3, "the registration ran out")
        fault = self.stage.fail("black hole", where)
        others = {"s1", "s2", "s3"} - {where}
        moved, seconds = wait_until(
            lambda: [r for r in self.registrar.accepted(phone.user, fault) if r.server in others],
            3,
            "the phone moves by what it knew",
        )
        print(f"    then {where} dies: {moved[0].server} after {moved[0].at - fault:.3f} s of 3 s")
        self.assertIn("stale", phone.process.output().lower())

    def test_09_dns_black_hole(self):
        self.dns_dies(lambda: self.stage.lab.black_hole(lab.DNS), "DNS black hole, TTL 1, E=3")

    @unittest.skipUnless(LONG, "as the black hole, with ICMP")
    def test_09_dns_refused(self):
        def stop():
            began = now()
            self.stage.dns.stop()
            return began

        self.dns_dies(stop, "DNS port closed, TTL 1, E=3")

    def drained(self, transport):
        """The zone no longer names the server in use, which stays alive."""
        ttl_s = 2
        self.stage.reset(Zone(transports=(transport,), ttl_s=ttl_s))
        phone, _ = self.started(Figures(transports=(transport,)))
        changed = now()
        self.stage.dns.publish(Zone(transports=(transport,), ttl_s=ttl_s, levels=((10, 0, "s5"),)))
        self.stage.zone = None
        where = self.measure(
            f"zone without the server in use, TTL {ttl_s}, {transport}", phone, changed, ttl_s + 5
        )
        self.assertEqual(where, "s5")

    def test_10_drain_udp(self):
        self.drained("udp")

    def test_10_drain_tcp(self):
        self.drained("tcp")

    def test_11_lost_srv_answers_never_lead_to_the_apex_address(self):
        self.stage.reset()
        broken = self.stage.lab.lose_srv_questions()
        phone = self.start()
        wait_until(lambda: now() > broken + 4, 6, "four seconds pass")
        self.assertEqual(self.registrar.sent_by(phone.user), [], "registered without SRV")
        self.stage.lab.heal_all()
        where = self.measure("SRV questions lost for 4 s, then answered", phone, now(), 5)
        self.assertIn(where, ("s1", "s2"))

    # --- 12: choice -------------------------------------------------------------------------------

    def test_12_naptr_order_decides_with_equal_preferences(self):
        self.stage.reset(Zone(transports=("tcp", "udp")))
        phone, _ = self.started(Figures(transports=("udp", "tcp")))
        self.assertEqual(self.registrar.accepted(phone.user)[0].transport, "tcp")

    def test_12_the_replacement_name_is_used(self):
        self.stage.reset(Zone(transports=("udp",), replacements=("_sip._udp.other", "_sip._tcp.other")))
        _, where = self.started()
        self.assertIn(where, ("s1", "s2"))

    def test_12_every_level_is_reached(self):
        # Single and plural levels in one zone; the last one is what a phone must find.
        for levels in (
            ((10, 50, "s1"), (10, 50, "s2"), (20, 0, "s3")),
            ((10, 0, "s1"), (20, 0, "s2"), (30, 0, "s3")),
            ((10, 50, "s1"), (20, 50, "s2"), (20, 50, "s3")),
        ):
            self.stage.reset(Zone(levels=levels))
            self.stage.fail("port closed, FIN", "s1", "s2")
            began = now()
            phone = self.start()
            priorities = "/".join(str(level[0]) for level in levels)
            self.assertEqual(self.measure(f"s1, s2 closed, levels {priorities}", phone, began, 1), "s3")

    def test_12_the_draw_is_sticky_for_an_account(self):
        self.stage.reset()
        user = self.stage.next_user()
        seen = set()
        for _ in range(4):
            began = now()
            phone = type(self).start_phone(self.stage, self.build, user, Figures())
            self.phones.append(phone)
            seen.add(self.registrar.wait_registered(user, began, 5).server)
            phone.power_off()
        self.assertEqual(len(seen), 1, f"one account registered at {sorted(seen)}")

    # --- what a phone owes its user at any time ---------------------------------------------------

    def test_the_binding_survives_the_return_of_the_old_server(self):
        """Nothing that was sent to the dead server may take the new binding away when it is back."""
        self.stage.reset()
        phone, where = self.started(Figures(hold_down=60000))
        self.let_it_settle(phone, where)
        broken = self.stage.fail("black hole", where)
        self.measure(f"{where}: black hole", phone, broken, 3)
        revived = self.stage.lab.heal(lab.SERVERS[where])
        # Retransmissions come every T2 = 4 s at the latest (RFC 3261 17.1.2.2).
        wait_until(lambda: now() > revived + 4.5, 6, "a retransmission would have come")
        self.assertEqual([r for r in self.registrar.sent_by(phone.user) if r.is_removal], [])
        self.registrar.call(phone.user)

    def test_leaving_removes_the_binding(self):
        self.stage.reset()
        phone, _ = self.started()
        self.assertEqual(phone.end(), 0)
        wait_until(lambda: phone.user not in self.registrar.bindings, 3, "the binding is removed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--phone", choices=sorted(PHONES), required=True)
    parser.add_argument("--build", required=True)
    use, rest = parser.parse_known_args()
    Criteria.build = os.path.abspath(use.build)
    Criteria.start_phone = staticmethod(PHONES[use.phone])
    sys.exit(run_share(Criteria, rest))


if __name__ == "__main__":
    lab.enter(parts=4, phones=("baresip",) if "baresip" in sys.argv else ())
    from linked_phones import PHONES, Figures
    from processes import wait_until
    from registrar import Mode
    from stage import Measured, Stage, now, run_share, took
    from zone import Zone

    main()
