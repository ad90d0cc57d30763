#!/usr/bin/env python3
"""The laboratory itself: its servers fail as they are told to, its DNS too, and it leaves nothing.

Usage: lab_test.py [unittest arguments]
"""

import os
import signal
import socket
import subprocess
import sys
import unittest

import lab

HOLD = "--hold"  # makes a laboratory and keeps it until killed
NAPTR, SRV, A = 35, 33, 1


class Laboratory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stage = Stage()
        cls.registrar = cls.stage.registrar

    @classmethod
    def tearDownClass(cls):
        cls.stage.close()

    def setUp(self):
        self.stage.reset()
        self.user = self.stage.next_user()
        self.peers = []

    def tearDown(self):
        for peer in self.peers:
            peer.close()

    def peer(self, server="s1", transport="udp"):
        edge = (lab.SERVERS[server], PORT)
        made = self.stage.lab.on_phone_side(
            lambda: Peer(lab.PHONE, edge, transport, self.user, lab.DOMAIN)
        )
        self.peers.append(made)
        return made

    def test_a_register_is_answered_and_written_down(self):
        for transport in ("udp", "tcp"):
            before = now()
            self.peer("s2", transport).register()
            entry = self.registrar.accepted(self.user, before)[0]
            self.assertEqual((entry.server, entry.transport, entry.cseq), ("s2", transport, 1))

    def test_a_removal_forgets_the_binding_for_all_servers(self):
        self.peer("s1").register()
        self.assertIn(self.user, self.registrar.bindings)
        other = self.peer("s2")
        aor = f"<sip:{self.user}@{lab.DOMAIN}>"
        other.request("REGISTER", f"sip:{lab.DOMAIN}", to=aor, lines=["Expires: 0"])
        other.expect(200)
        self.assertNotIn(self.user, self.registrar.bindings)
        self.assertEqual(len(self.registrar.accepted(self.user)), 1)

    def test_a_late_register_changes_nothing(self):
        aor = f"<sip:{self.user}@{lab.DOMAIN}>"
        for server, cseq, status in (("s1", "2", 200), ("s2", "1", 500), ("s2", "3", 200)):
            peer = self.peer(server)
            peer.request("REGISTER", f"sip:{lab.DOMAIN}", to=aor, call_id="same", cseq=cseq)
            peer.expect(status)
        self.assertEqual([r.cseq for r in self.registrar.accepted(self.user)], [2, 3])

    def test_a_black_hole_is_silent_until_it_is_healed(self):
        peer = self.peer()
        self.stage.fail("black hole", "s1")
        with self.assertRaises(TimeoutError):
            peer.register_within(0.3)
        self.stage.lab.heal(lab.SERVERS["s1"])
        peer.register()

    def test_a_closed_port_is_refused_over_udp_and_tcp(self):
        self.stage.fail("port closed, FIN", "s1")
        asker = self.stage.lab.on_phone_side(
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        )
        with asker:
            asker.settimeout(2)
            asker.connect((lab.SERVERS["s1"], PORT))
            asker.send(b"REGISTER")
            with self.assertRaises(ConnectionRefusedError):
                asker.recv(1)
        with self.assertRaises(ConnectionRefusedError):
            self.peer("s1", "tcp")

    def test_a_dying_process_ends_connections_as_asked(self):
        peer = self.peer("s1", "tcp")
        peer.register()
        self.stage.fail("port closed, FIN", "s1")
        self.assertEqual(peer.socket.recv(1), b"")
        self.registrar.revive("s1")
        peer = self.peer("s1", "tcp")
        peer.register()
        self.stage.fail("port closed, RST", "s1")
        with self.assertRaises(ConnectionResetError):
            peer.socket.recv(1)

    def test_a_silent_process_accepts_and_says_nothing(self):
        self.stage.fail("silent process", "s1")
        for transport in ("udp", "tcp"):
            with self.assertRaises(TimeoutError):
                self.peer("s1", transport).register_within(0.3)
        self.assertEqual([r.status for r in self.registrar.sent_by(self.user)], [None, None])

    def test_503_carries_retry_after_only_when_asked(self):
        for fault, expected in (("503", None), ("503, Retry-After 5", "5")):
            self.stage.fail(fault, "s1")
            peer = self.peer()
            peer.request("REGISTER", f"sip:{lab.DOMAIN}")
            self.assertEqual(peer.expect(503).first("Retry-After"), expected)

    def test_a_double_crlf_is_answered_with_one(self):
        peer = self.peer("s1", "tcp")
        peer.socket.sendall(b"\r\n\r\n")
        peer.socket.settimeout(2)
        self.assertEqual(peer.socket.recv(16), b"\r\n")

    def test_a_published_zone_is_what_is_answered(self):
        self.assertTrue(answers(ask(lab.DNS, lab.DOMAIN, NAPTR)))
        self.stage.dns.publish(Zone(levels=((10, 0, "s5"),)))
        self.stage.zone = None
        self.assertEqual(answers(ask(lab.DNS, f"_sip._udp.{lab.DOMAIN}", SRV)), 1)

    def test_lost_srv_questions_leave_all_others_answered(self):
        self.stage.lab.lose_srv_questions()
        phone_asks = self.stage.lab.on_phone_side
        self.assertIsNone(phone_asks(lambda: ask(lab.DNS, f"_sip._udp.{lab.DOMAIN}", SRV)))
        self.assertTrue(phone_asks(lambda: ask(lab.DNS, lab.DOMAIN, NAPTR)))
        self.assertTrue(phone_asks(lambda: ask(lab.DNS, lab.DOMAIN, A)))

    def test_nothing_is_left_after_kill_9(self):
        outside = {key: value for key, value in os.environ.items() if key != lab.INSIDE}
        held = subprocess.Popen(
            [sys.executable, "-B", os.path.abspath(__file__), HOLD],
            stdout=subprocess.PIPE, text=True, env=outside,
        )
        with held:
            directory = held.stdout.readline().strip()
            self.assertTrue(directory.startswith("/run/phones-"), directory)
            self.assertTrue(processes_of(directory), "the held laboratory runs Knot")
            held.send_signal(signal.SIGKILL)
            held.wait()
            wait_until(lambda: not processes_of(directory), 5, "the processes are gone")
        self.assertFalse(os.path.exists(directory))


def answers(message):
    """How many records the answer section of a DNS message holds."""
    return int.from_bytes(message[6:8], "big") if message else 0


def processes_of(directory):
    """Ids of the processes that name a directory in their command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if directory.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            pass  # ended meanwhile
    return found


def hold():
    stage = Stage()
    print(stage.lab.directory, flush=True)
    signal.pause()


if __name__ == "__main__":
    lab.enter()
    from processes import wait_until
    from registrar import PORT
    from sip_peer import Peer as PlainPeer
    from stage import Stage, now
    from zone import Zone, ask

    class Peer(PlainPeer):
        def register_within(self, limit_s):
            self.request("REGISTER", f"sip:{self.domain}", to=f"<sip:{self.user}@{self.domain}>")
            return self.expect(200, limit_s)

    if HOLD in sys.argv:
        hold()
    unittest.main(verbosity=1, warnings="ignore")
