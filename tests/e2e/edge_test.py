#!/usr/bin/env python3
"""Two real sipha-proxy processes against sockets that speak SIP: what an edge must do and refuse.

Usage: edge_test.py --build DIR
"""

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from processes import Processes, wait_until  # noqa: E402
from sip_peer import Peer  # noqa: E402
from world import DNS, DOMAIN, World  # noqa: E402

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NODES = {1: "127.0.21.1", 2: "127.0.21.2"}
PHONE, CARRIER, STRANGER, PBX = "127.0.0.1", "127.0.100.2", "127.0.200.1", "127.0.100.1"

CONFIG = """\
version: 1
node: {{id: {id}, name: node{id}}}
domains: [{domain}]
listen:
  - {{transport: udp, address: {ip}, port: 5060}}
  - {{transport: tcp, address: {ip}, port: 5060}}
registrar: {{allow_from: [127.0.0.0/24], min_expires: 30s}}
trusted: [127.0.100.0/24]
upstream: ["{upstream}"]
dns: {{servers: ["{dns}"]}}
cluster:
  name: test
  listen: "{ip}:7060"
  secret_file: cluster.secret
  peers: [{{id: {peer}, name: node{peer}, link: "{peer_ip}:7060", sip: "udp:{peer_ip}:5060"}}]
admin: {{socket: node{id}.sock}}
"""


class Edge(unittest.TestCase):
    build = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="sipha-edge-test-")
        cls.processes = Processes(cls.directory)
        cls.world = World(REPOSITORY, cls.build, cls.directory, cls.processes)
        cls.pbx = Peer(PBX, (NODES[1], 5060), user="pbx")
        cls.world.render_zones()
        cls.world.start_dns()
        secret = os.open(os.path.join(cls.directory, "cluster.secret"), os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(secret, secrets.token_hex(32).encode())
        os.close(secret)
        upstreams = {1: f"sip:{PBX}:{cls.pbx.address[1]}", 2: f"sip:nyc1.{DOMAIN}:5090"}
        cls.nodes = {}
        for number, ip in NODES.items():
            peer = 3 - number
            name = f"node{number}.yaml"
            with open(os.path.join(cls.directory, name), "w", encoding="ascii") as config:
                config.write(
                    CONFIG.format(
                        id=number, ip=ip, peer=peer, peer_ip=NODES[peer], domain=DOMAIN, dns=DNS,
                        upstream=upstreams[number],
                    )
                )
            argv = [cls.world.program("sipha-proxy"), "--config", name]
            cls.nodes[number] = cls.processes.start(f"node{number}", argv)
        wait_until(lambda: all(cls.is_clustered(n) for n in NODES), 10, "two ready nodes")

    @classmethod
    def tearDownClass(cls):
        cls.pbx.close()
        cls.processes.__exit__()
        shutil.rmtree(cls.directory)

    @classmethod
    def ask(cls, node, *command):
        socket = os.path.join(cls.directory, f"node{node}.sock")
        argv = [cls.world.program("sipha-ctl"), "--socket", socket, "--json", *command]
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout

    @classmethod
    def is_clustered(cls, node):
        text = cls.ask(node, "nodes")
        return text.count('"ready":true') == 2 and '"alive"' in text

    def peer(self, address, node=1, **options):
        peer = Peer(address, (NODES[node], 5060), **options)
        self.addCleanup(peer.close)
        return peer

    def phone(self, user, node=1, transport="udp"):
        phone = self.peer(PHONE, node, user=user, transport=transport)
        phone.register()
        return phone

    def talk(self, caller, callee, uri, edges=1):
        """A whole call: INVITE, 180, 200, ACK along the route set, BYE by the callee."""
        fields = caller.request("INVITE", uri)
        invite = callee.expect("INVITE")
        self.assertEqual(invite.first("Max-Forwards"), str(70 - edges))
        callee.answer(invite, 180, "Ringing")
        caller.expect(180)
        callee.answer(invite, 200, "OK")
        ok = caller.expect(200)
        routes = [f"Route: {value}" for value in reversed(ok.all("Record-Route"))]
        self.assertTrue(routes, "the edge stays in the path")
        target = ok.first("Contact").strip("<>")
        dialog = {**fields, "to": ok.first("To"), "lines": routes}
        caller.request("ACK", target, **{**dialog, "branch": fields["branch"] + "a"})
        callee.expect("ACK")
        caller.request("BYE", target, **{**dialog, "branch": fields["branch"] + "b", "cseq": "2"})
        callee.answer(callee.expect("BYE"), 200, "OK")
        caller.expect(200)

    def test_call_between_phones_of_one_node(self):
        alice, bob = self.phone("alice1"), self.phone("bob1")
        self.talk(alice, bob, f"sip:bob1@{DOMAIN}")

    def test_call_to_a_tcp_phone_through_the_other_node(self):
        bob = self.phone("bob2", node=1, transport="tcp")
        carrier = self.peer(CARRIER, node=2, user="carrier")
        self.talk(carrier, bob, f"sip:bob2@{DOMAIN}", edges=2)

    def test_udp_caller_and_tcp_phone_get_two_record_routes(self):
        bob = self.phone("bob3", transport="tcp")
        self.talk(self.phone("alice3"), bob, f"sip:bob3@{DOMAIN}")

    def test_call_from_a_phone_goes_upstream_by_address(self):
        self.talk(self.phone("alice4"), self.pbx, f"sip:+4930123@{DOMAIN}")

    def test_call_from_a_phone_goes_upstream_by_dns(self):
        alice = self.phone("alice5", node=2)
        # Where the zone says that nyc1 is; here a PBX of the upstream group listens there.
        upstream = self.peer("127.0.12.1", 2, user="pbx", port=5090)
        self.talk(alice, upstream, f"sip:+4930124@{DOMAIN}")

    def test_cancel_reaches_the_phone_and_ends_the_call(self):
        bob = self.phone("bob6")
        caller = self.peer(CARRIER, user="carrier")
        fields = caller.request("INVITE", f"sip:bob6@{DOMAIN}")
        invite = bob.expect("INVITE")
        bob.answer(invite, 180, "Ringing")
        caller.expect(180)
        caller.request("CANCEL", f"sip:bob6@{DOMAIN}", **fields)
        cancel = bob.expect("CANCEL")
        bob.answer(cancel, 200, "OK")
        bob.answer(invite, 487, "Request Terminated")
        bob.expect("ACK")
        seen = {caller.receive().status, caller.receive().status}
        self.assertEqual(seen, {200, 487})

    def test_foreign_domains_are_not_relayed(self):
        victim = self.peer(STRANGER)
        stranger = self.peer(STRANGER)
        uri = f"sip:victim@{victim.address[0]}:{victim.address[1]}"
        preloaded = [f"Route: <{uri};lr>"]
        for lines, tag in (([], ""), (preloaded, ""), ([], ";tag=invented")):
            for method in ("INVITE", "MESSAGE", "BYE", "OPTIONS"):
                with self.subTest(method=method, lines=lines, tag=tag):
                    stranger.request(method, uri, to=f"<{uri}>{tag}", lines=lines)
                    self.assertEqual(stranger.receive().status, 403)
                    if method == "INVITE":
                        stranger.close()
                        stranger = self.peer(STRANGER)  # leaves the retransmitted 403s behind
        self.assertTrue(victim.is_silent())

    def test_strangers_do_not_register(self):
        stranger = self.peer(STRANGER, user="mallory")
        stranger.request("REGISTER", f"sip:{DOMAIN}", to=f"<sip:mallory@{DOMAIN}>")
        self.assertEqual(stranger.receive().status, 403)
        self.assertNotIn("mallory", self.ask(1, "contacts"))

    def test_malformed_messages_are_answered_400_or_dropped(self):
        stranger = self.peer(STRANGER)
        stranger.request("OPTIONS", f"sip:{DOMAIN}", cseq="x")
        self.assertEqual(stranger.receive().status, 400)
        stranger.request("OPTIONS", f"sip:{DOMAIN}", max_forwards="900")
        self.assertEqual(stranger.receive().status, 400)
        for garbage in ("\0" * 40 + "x", "INVITE\r\n\r\n", "SIP/2.0 999999\r\n\r\n", "x" * 60000):
            stranger.send(garbage)
        stranger.request("OPTIONS", f"sip:{DOMAIN}")
        self.assertEqual(stranger.receive().status, 200, "alive after garbage")
        self.assertRegex(self.ask(1, "status"), r'"unparsable":[1-9]')

    def test_max_forwards_and_unknown_users(self):
        caller = self.peer(CARRIER)
        self.phone("bob7")
        for uri, hops, status in (
            (f"sip:bob7@{DOMAIN}", "0", 483),
            (f"sip:nobody@{DOMAIN}", "70", 404),
        ):
            caller.request("MESSAGE", uri, max_forwards=hops)
            self.assertEqual(caller.receive().status, status)

    def test_configuration_errors_name_the_place(self):
        path = os.path.join(self.directory, "broken.yaml")
        with open(path, "w", encoding="ascii") as config:
            config.write("version: 1\nlisen: []\nnode: {id: 99999, name: x}\n")
        done = self.world.run([self.world.program("sipha-proxy"), "--check", "--config", path])
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"broken\.yaml:2:1: error\[L002\].*did you mean 'listen'")
        self.assertRegex(done.stderr, r"broken\.yaml:3:12: error\[L010\]")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    Edge.build = os.path.abspath(options.build)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
