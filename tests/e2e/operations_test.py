#!/usr/bin/env python3
"""One real sipha-proxy and what its operator does: reload, drain, traces, HTTP, the status page.

Usage: operations_test.py --build DIR
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from processes import Processes, wait_until  # noqa: E402
from sip_peer import Peer  # noqa: E402

EDGE, PHONE, STRANGER = "127.0.31.1", "127.0.32.1", "127.0.33.1"
DOMAIN = "operations.example"
HTTP = ("127.0.0.1", 19060)

CONFIG = """\
version: 1
node: {{id: 1, name: "{name}"}}
domains: [{domain}]
listen:
  - {{transport: udp, address: {ip}, port: 5060}}
  - {{transport: tcp, address: {ip}, port: 5060}}
registrar: {{allow_from: [{allow}], min_expires: {min_expires}}}
admin: {{socket: node.sock, http: {{listen: "127.0.0.1:19060"}}}}
log: {{file: node.log.json, format: json}}
operation: {{stop_grace: 2s}}
"""


def http(path, host="localhost"):
    """Status and body of a GET."""
    request = urllib.request.Request(f"http://{HTTP[0]}:{HTTP[1]}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Operations(unittest.TestCase):
    build = None

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sipha-operations-test-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.processes = Processes(self.directory)
        self.addCleanup(self.processes.__exit__)
        self.configure()
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.notify.close)
        self.notify.bind(os.path.join(self.directory, "notify"))
        self.notify.settimeout(5)
        self.node = self.start()

    def start(self, name="node"):
        environment = {**os.environ, "NOTIFY_SOCKET": os.path.join(self.directory, "notify")}
        argv = [os.path.join(self.build, "proxy", "sipha-proxy"), "--config", "node.yaml"]
        node = self.processes.start(name, argv, env=environment)
        self.expect_notice("READY=1", node)
        return node

    def expect_notice(self, text, node=None):
        """The next notice to the service manager that says this."""
        while True:
            try:
                notice = self.notify.recv(4096).decode()
            except TimeoutError:
                raise AssertionError(f"no {text}: {node.output() if node else ''}") from None
            if text in notice:
                return notice

    def configure(self, **changes):
        values = {"name": "ops1", "domain": DOMAIN, "ip": EDGE, "allow": "127.0.32.0/24"}
        values = {**values, "min_expires": "30s", **changes}
        with open(os.path.join(self.directory, "node.yaml"), "w", encoding="ascii") as config:
            config.write(CONFIG.format(**values))

    def ctl(self, *command, code=0):
        argv = [os.path.join(self.build, "proxy", "sipha-ctl"), "--socket", "node.sock", *command]
        done = subprocess.run(
            argv, cwd=self.directory, capture_output=True, text=True, check=False, timeout=20
        )
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def status(self):
        return json.loads(self.ctl("--json", "status"))

    def peer(self, address, **options):
        peer = Peer(address, (EDGE, 5060), domain=DOMAIN, **options)
        self.addCleanup(peer.close)
        return peer

    def phone(self, user, transport="udp"):
        phone = self.peer(PHONE, user=user, transport=transport)
        phone.register()
        return phone

    def set_up_call(self, caller, callee):
        """INVITE to ACK; returns (fields of the dialog, Contact of the callee)."""
        fields = caller.request("INVITE", f"sip:{callee.user}@{DOMAIN}")
        callee.answer(callee.expect("INVITE"), 200, "OK")
        ok = caller.expect(200)
        routes = [f"Route: {value}" for value in reversed(ok.all("Record-Route"))]
        dialog = {**fields, "to": ok.first("To"), "lines": routes}
        target = ok.first("Contact").strip("<>")
        caller.request("ACK", target, **{**dialog, "branch": fields["branch"] + "a"})
        callee.expect("ACK")
        return dialog, target

    # --- reload ---------------------------------------------------------------------------------

    def test_reload_applies_what_it_can_and_names_the_rest(self):
        stranger = self.peer(STRANGER, user="mallory")
        register = {"to": f"<sip:mallory@{DOMAIN}>", "lines": ["Expires: 300"]}
        stranger.request("REGISTER", f"sip:{DOMAIN}", **register)
        stranger.expect(403)
        self.configure(allow="127.0.33.0/24", name="other")
        told = self.ctl("reload")
        self.assertIn("changed: registrar.allow_from", told)
        self.assertIn("restart needed for: node.name", told)
        stranger.request("REGISTER", f"sip:{DOMAIN}", **register)
        stranger.expect(200)
        self.assertEqual(self.status()["restart_needed"], ["node.name"])
        self.assertEqual(self.status()["name"], "ops1")

    def test_reload_with_an_error_changes_nothing(self):
        self.configure(allow="127.0.33.0/24", min_expires="30")
        told = self.ctl("reload", code=1)
        self.assertIn("refused, nothing has changed", told)
        self.assertIn("node.yaml:7:", told)
        self.phone("alice")

    def test_sighup_reloads_too(self):
        self.configure(allow="127.0.33.0/24")
        os.kill(self.node.pid, signal.SIGHUP)
        self.expect_notice("RELOADING=1")
        self.expect_notice("READY=1")
        stranger = self.peer(STRANGER, user="mallory")
        stranger.register()

    # --- drain and stop -------------------------------------------------------------------------

    def test_drain_moves_phones_away_and_keeps_calls(self):
        alice, bob = self.phone("alice"), self.phone("bob")
        carol = self.phone("carol", transport="tcp")
        dialog, target = self.set_up_call(alice, bob)
        self.assertEqual(http("/readyz")[0], 200)
        self.ctl("drain", "--spread", "0")
        code, text = http("/readyz")
        self.assertEqual((code, json.loads(text)["reasons"]), (503, ["the node drains"]))
        with self.assertRaises((TimeoutError, ConnectionError)):
            carol.receive()
        alice.request("INVITE", f"sip:bob@{DOMAIN}")
        refused = alice.expect(503)
        self.assertIn(int(refused.first("Retry-After")), range(1, 6))
        alice.request("BYE", target, **{**dialog, "branch": dialog["branch"] + "b", "cseq": "2"})
        bob.answer(bob.expect("BYE"), 200, "OK")
        alice.expect(200)
        self.ctl("drain", "--undo")
        self.assertEqual(http("/readyz")[0], 200)
        self.phone("alice")

    def test_drain_ends_the_process_when_it_is_empty(self):
        alice, bob = self.phone("alice"), self.phone("bob")
        alice.request("INVITE", f"sip:bob@{DOMAIN}")
        invite = bob.expect("INVITE")
        self.ctl("drain", "--spread", "0", "--exit")
        self.assertTrue(self.node.is_running(), "a call is being set up")
        bob.answer(invite, 486, "Busy Here")
        alice.expect(486)
        wait_until(lambda: not self.node.is_running(), 5, "the end")
        self.assertEqual(self.node.end(), 0)

    def test_sigterm_lets_a_request_under_way_end(self):
        alice, bob = self.phone("alice"), self.phone("bob")
        alice.request("INVITE", f"sip:bob@{DOMAIN}")
        invite = bob.expect("INVITE")
        os.kill(self.node.pid, signal.SIGTERM)
        self.expect_notice("STOPPING=1")
        bob.answer(invite, 200, "OK")
        alice.expect(200)
        wait_until(lambda: not self.node.is_running(), 5, "the end")
        self.assertEqual(self.node.end(), 0)

    # --- upgrade --------------------------------------------------------------------------------

    def upgrade(self):
        """Gives the order and waits for the successor; returns its process id."""
        self.ctl("upgrade")
        notice = self.expect_notice("MAINPID=", self.node)
        return int(re.search(r"MAINPID=(\d+)", notice).group(1))

    def end_successor(self, pid):
        """It is no child of this test."""
        def is_gone():
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                return True
            with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0] == "Z"

        wait_until(is_gone, 10, "the end of the successor")

    def test_upgrade_loses_no_request(self):
        """OPTIONS over UDP and over TCP, one after the other, from before to after."""
        alice, bob = self.phone("alice"), self.phone("bob")
        dialog, target = self.set_up_call(alice, bob)
        carol, dave = self.phone("carol"), self.phone("dave")
        fields = carol.request("INVITE", f"sip:dave@{DOMAIN}")
        invite = dave.expect("INVITE")
        dave.answer(invite, 180, "Ringing")
        carol.expect(180)
        is_over = threading.Event()
        lost, answered = [], []

        def udp():
            phone = Peer(PHONE, (EDGE, 5060), domain=DOMAIN, user="udp")
            # Slow enough for limits.transactions: each lives for 32 s.
            while not is_over.wait(0.001):
                try:
                    phone.request("OPTIONS", f"sip:{DOMAIN}")
                    answered.append(phone.receive(2).status)
                except OSError as error:
                    lost.append(("udp", error))
            phone.close()

        def tcp():
            # Slow enough for limits.connections_per_source.
            while not is_over.wait(0.01):
                try:
                    phone = Peer(PHONE, (EDGE, 5060), domain=DOMAIN, user="tcp", transport="tcp")
                except OSError as error:
                    lost.append(("tcp connect", error))
                    continue
                try:
                    phone.request("OPTIONS", f"sip:{DOMAIN}")
                    answered.append(phone.receive(2).status)
                except OSError as error:
                    lost.append(("tcp", error))
                phone.close()

        threads = [threading.Thread(target=udp), threading.Thread(target=tcp)]
        for thread in threads:
            thread.start()
        successor = None
        try:
            wait_until(lambda: len(answered) > 100, 10, "traffic")
            successor = self.upgrade()
            self.assertNotEqual(successor, self.node.pid)
            count = len(answered)
            wait_until(lambda: len(answered) > count + 500, 20, "traffic through the successor")
            # A call that was ringing is finished by the process that began it.
            dave.answer(invite, 200, "OK")
            ok = carol.expect(200)
            routes = [f"Route: {value}" for value in reversed(ok.all("Record-Route"))]
            branch = fields["branch"] + "a"
            ack = {**fields, "to": ok.first("To"), "lines": routes, "branch": branch}
            carol.request("ACK", ok.first("Contact").strip("<>"), **ack)
            dave.expect("ACK")
            # A call that stood goes on through the successor, and everybody is still registered.
            alice.request("BYE", target, **{**dialog, "branch": dialog["branch"] + "b", "cseq": "2"})
            bob.answer(bob.expect("BYE"), 200, "OK")
            alice.expect(200)
            self.assertEqual(json.loads(self.ctl("--json", "contacts"))["total"], 4)
            self.assertEqual(http("/healthz")[0], 200)
            self.assertLess(json.loads(self.ctl("--json", "version"))["uptime_s"], 15)
            # 64*T1 after its last request the old process ends; requests are answered meanwhile.
            wait_until(lambda: not self.node.is_running(), 60, "the end of the old process")
            self.assertEqual(self.node.end(), 0)
            count = len(answered)
            wait_until(lambda: len(answered) > count + 200, 20, "traffic without the old process")
        finally:
            is_over.set()
            for thread in threads:
                thread.join()
            if successor:
                self.end_successor(successor)
        self.assertEqual({repr(each) for each in lost}, set(), len(lost))
        self.assertEqual(set(answered), {200})

    def test_upgrade_to_a_wrong_configuration_starts_nothing(self):
        self.configure(min_expires="30")
        self.assertIn("node.yaml:7:", self.ctl("upgrade", code=1))
        self.assertTrue(self.node.is_running())
        self.phone("alice")

    def test_upgrade_that_fails_leaves_the_old_process_at_work(self):
        with open(os.path.join(self.directory, "node.yaml"), "a", encoding="ascii") as config:
            # A port that the SIP listener has already.
            config.write("cluster: {name: x, listen: \"127.0.31.1:5060\", secret_file: s, peers: []}\n")
        path = os.path.join(self.directory, "s")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as secret:
            secret.write("0123456789abcdef")
        self.ctl("upgrade")
        log = os.path.join(self.directory, "node.log.json")

        def has_failed():
            with open(log, encoding="utf-8") as text:
                return "upgrade_failed" in text.read()

        wait_until(has_failed, 10, "the failure in the log")
        self.phone("alice")
        self.ctl("status")

    # --- contacts, traces, logs -----------------------------------------------------------------

    def test_contact_is_removed_by_hand(self):
        self.phone("bob")
        self.assertIn(f"sip:bob@{DOMAIN}", self.ctl("contacts"))
        self.ctl("contact", "remove", f"sip:bob@{DOMAIN}")
        self.assertNotIn(f"sip:bob@{DOMAIN}", self.ctl("contacts"))
        self.ctl("contact", "remove", f"sip:bob@{DOMAIN}", code=1)

    def test_trace_shows_a_call_as_ladder_and_capture(self):
        alice, bob = self.phone("alice"), self.phone("bob", transport="tcp")
        self.ctl("trace", "start", "--user", "alice")
        self.set_up_call(alice, bob)
        self.ctl("trace", "stop")
        ladder = self.ctl("trace", "show")
        for part in ("edge", f"udp:{PHONE}:", f"tcp:{PHONE}:", "INVITE ---", "200 OK ---", "ACK ---"):
            self.assertIn(part, ladder)
        self.assertEqual(ladder.count(" INVITE "), 2, "both legs")
        self.ctl("trace", "show", "--pcap", "call.pcap")
        dump = subprocess.run(
            ["tcpdump", "-n", "-v", "-r", os.path.join(self.directory, "call.pcap"), "udp"],
            capture_output=True, text=True, check=True,
        ).stdout
        self.assertEqual(dump.count("INVITE sip:bob"), 2, dump)
        self.assertNotIn("bad cksum", dump)
        self.assertNotIn("bad udp cksum", dump)

    def test_log_is_json_and_can_be_rotated(self):
        path = os.path.join(self.directory, "node.log.json")
        with open(path, encoding="utf-8") as log:
            events = [json.loads(line)["event"] for line in log]
        self.assertIn("started", events)
        os.rename(path, path + ".1")
        os.kill(self.node.pid, signal.SIGUSR1)
        wait_until(lambda: os.path.exists(path) and os.path.getsize(path) > 0, 5, "a new file")
        self.ctl("log", "level", "error")
        self.assertEqual(self.status()["log_level"], "error")

    # --- HTTP -----------------------------------------------------------------------------------

    def test_http_tells_health_and_metrics(self):
        self.phone("alice")
        self.assertEqual(http("/healthz"), (200, "ok\n"))
        code, text = http("/metrics")
        self.assertEqual(code, 200)
        self.assertRegex(text, r"(?m)^sipha_proxy_registers_total 1$")
        self.assertEqual(json.loads(http("/api/status")[1])["bindings"], 1)
        self.assertEqual(http("/api/drain")[0], 404)
        self.assertEqual(http("/", host="evil.example")[0], 421)

    def test_a_stopped_worker_is_unhealthy(self):
        os.kill(self.node.pid, signal.SIGSTOP)
        try:
            with self.assertRaises(OSError):
                urllib.request.urlopen(f"http://{HTTP[0]}:{HTTP[1]}/healthz", timeout=1)
        finally:
            os.kill(self.node.pid, signal.SIGCONT)
        self.assertEqual(http("/healthz")[0], 200)

    def dump_dom(self, milliseconds):
        """The status page after that much of a browser's time."""
        argv = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        argv += [f"--user-data-dir={self.directory}/chromium", f"--virtual-time-budget={milliseconds}"]
        done = subprocess.run(
            [*argv, f"http://{HTTP[0]}:{HTTP[1]}/"],
            capture_output=True, text=True, check=False, timeout=60,
        )
        return done.stdout

    @staticmethod
    def plot(dom, name):
        found = re.search(rf'id="plot-{name}".*?<polyline points="([^"]*)"', dom, re.S)
        return [float(pair.split(",")[1]) for pair in found.group(1).split()] if found else []

    @unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
    def test_status_page_in_a_browser(self):
        hostile = self.peer(PHONE, user="alice")
        hostile.request(
            "REGISTER", f"sip:{DOMAIN}", to=f"<sip:alice@{DOMAIN}>",
            lines=["Expires: 300", "User-Agent: <img src=x onerror=document.title='owned'>"],
        )
        hostile.expect(200)
        is_over = threading.Event()

        def traffic():
            phone = Peer(PHONE, (EDGE, 5060), domain=DOMAIN, user="load")
            while not is_over.wait(0.02):
                phone.request("OPTIONS", f"sip:{DOMAIN}")
            phone.close()

        load = threading.Thread(target=traffic)
        load.start()
        try:
            wait_until(
                lambda: len(json.loads(http("/api/rates")[1])["series"]["requests"]) >= 3, 10, "rates"
            )
            first = self.dump_dom(3000)
            second = self.dump_dom(3000)
        finally:
            is_over.set()
            load.join()
        self.assertIn("<title>ops1 - sipha</title>", first)
        self.assertIn("<h2>Contacts <span class=\"count\" id=\"count-contacts\">1</span>", first)
        self.assertIn("&lt;img src=x", first)
        self.assertNotIn("owned'&gt;</title>", first)
        self.assertGreater(len(self.plot(first, "requests")), 1, first[:2000])
        self.assertGreater(
            len(self.plot(second, "requests")), len(self.plot(first, "requests")), "the plot moves"
        )
        self.assertLess(min(self.plot(second, "requests")), 20, "traffic is a line that rises")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    arguments, rest = parser.parse_known_args()
    Operations.build = os.path.abspath(arguments.build)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=1)
