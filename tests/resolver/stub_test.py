#!/usr/bin/env python3
"""sipha-stub in front of a real name server and real edges, all on loopback, asked with kdig.

Usage: stub_test.py PATH-OF-SIPHA-STUB. Exit code 0 when every claim holds, 77 when nsd or kdig is
not installed.
"""
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 20
EDGES = ("127.0.33.1", "127.0.33.2", "127.0.33.3")
UNUSED = "127.0.33.9"  # the domain's own address: a web server, not a SIP server

ZONE = """$ORIGIN ex.test.
$TTL 1
@ SOA ns hostmaster 1 60 60 60 1
@ NS ns
ns A 127.0.0.1
@ A {unused}
@ NAPTR 10 50 "s" "SIP+D2U" "" _sip._udp
@ NAPTR 20 50 "s" "SIP+D2T" "" _sip._tcp
_sip._udp SRV 10 50 {port} e1
_sip._udp SRV 20 50 {port} e2
_sip._udp SRV 20 50 {port} e3
_sip._tcp SRV 10 50 {port} e1
_sip._tcp SRV 10 50 {port} e2
e1 A 127.0.33.1
e2 A 127.0.33.2
e3 A 127.0.33.3
www A 192.0.2.80
"""

NSD_CONF = """server:
  ip-address: 127.0.0.1@{port}
  zonesdir: "{folder}"
  zonelistfile: "{folder}/zone.list"
  xfrdfile: "{folder}/xfrd.state"
  pidfile: "{folder}/nsd.pid"
  logfile: "{folder}/nsd.log"
  database: ""
  username: ""
remote-control:
  control-enable: no
zone:
  name: ex.test
  zonefile: zone
"""


def free_port(ip="127.0.0.1"):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((ip, 0))
        return one.getsockname()[1]


class Edge:
    """Answers OPTIONS over UDP and TCP, and the double CRLF of RFC 5626."""

    def __init__(self, ip, port):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((ip, port))
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((ip, port))
        self.tcp.listen()
        self.streams = []

    def sockets(self):
        return [self.udp, self.tcp] + self.streams

    @staticmethod
    def answer(text):
        kept = [line for line in text.split("\r\n") if re.match("Via|From|To|Call-ID|CSeq", line)]
        return ("SIP/2.0 200 OK\r\n%s\r\nContent-Length: 0\r\n\r\n" % "\r\n".join(kept)).encode()

    def serve(self, ready):
        if ready is self.tcp:
            self.streams.append(self.tcp.accept()[0])
        elif ready is self.udp:
            data, peer = self.udp.recvfrom(65536)
            if data.startswith(b"OPTIONS"):
                self.udp.sendto(self.answer(data.decode()), peer)
        else:
            try:
                data = ready.recv(65536)
            except ConnectionError:
                data = b""
            if data.startswith(b"OPTIONS"):
                ready.send(self.answer(data.decode()))
            elif data:
                ready.send(b"\r\n")
            else:
                self.streams.remove(ready)
                ready.close()

    def die(self):
        for stream in self.streams:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for one in self.sockets():
            one.close()
        self.streams = []


class World:
    """The name server, the edges, and one stub between them and whoever asks."""

    def __init__(self, program, folder):
        self.program = program
        self.port = free_port(EDGES[0])
        self.dns_port = free_port()
        self.edges = {ip: Edge(ip, self.port) for ip in EDGES}
        with open(os.path.join(folder, "zone"), "w") as out:
            out.write(ZONE.format(port=self.port, unused=UNUSED))
        conf = os.path.join(folder, "nsd.conf")
        with open(conf, "w") as out:
            out.write(NSD_CONF.format(port=self.dns_port, folder=folder))
        self.nsd = subprocess.Popen(["nsd", "-d", "-c", conf], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)
        self.until("the name server answers",
                   lambda: self.dig("ex.test", "SOA", port=self.dns_port))
        self.lines = []
        self.pending = b""
        self.stub = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", "--domain", "ex.test", "--ttl", "1", "--json-log",
             "--server", "127.0.0.1:%d" % self.dns_port, "--probe-interval", "300"],
            stdout=subprocess.PIPE)
        self.until("the stub starts", lambda: self.said("started"))
        self.stub_port = int(self.said("started")[0]["listen"].rsplit(":", 1)[1])

    def turn(self, extra=()):
        """Lets the edges answer, and reads what the stub says, until `extra` is readable."""
        sockets = {one: edge for edge in self.edges.values() for one in edge.sockets()}
        stub = [self.stub.stdout] if hasattr(self, "stub") and not self.stub.stdout.closed else []
        ready = select.select([*sockets, *stub, *extra], [], [], 0.1)[0]
        for one in ready:
            if one in sockets:
                sockets[one].serve(one)
            elif stub and one is self.stub.stdout:
                self.read_log()
        return [one for one in ready if one in extra]

    def read_log(self):
        data = os.read(self.stub.stdout.fileno(), 65536)
        if not data:
            self.stub.stdout.close()
        *whole, self.pending = (self.pending + data).split(b"\n")
        self.lines += [json.loads(line) for line in whole]

    def said(self, event):
        return [line for line in self.lines if line["event"] == event]

    def dig(self, name, kind, *options, port=None):
        """The short form of the answer, one record a line."""
        argv = ["kdig", "@127.0.0.1", "-p", str(port or self.stub_port), "+short", "+time=5",
                "+retry=0", *options, name, kind]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = b""
        while True:
            if self.turn([process.stdout]):
                data = os.read(process.stdout.fileno(), 65536)
                if not data:
                    break
                output += data
        process.stdout.close()
        return [] if process.wait(PATIENCE_S) else output.decode().splitlines()

    def until(self, what, claim):
        give_up = time.monotonic() + PATIENCE_S
        while not claim():
            if time.monotonic() > give_up:
                sys.exit("FAILED: %s\n%s" % (what, "\n".join(map(str, getattr(self, "lines", [])))))
            self.turn()
        print("ok:", what, flush=True)

    def targets(self, service):
        """The last octets of the servers of a service, in the order of their priorities."""
        records = sorted((line.split() for line in self.dig(service + ".ex.test", "SRV")),
                         key=lambda fields: int(fields[0]))
        assert [int(fields[0]) for fields in records] == list(range(1, len(records) + 1)), records
        return [int(fields[3].split(".")[0].split("-")[3]) for fields in records]

    def end(self):
        for process in (self.stub, self.nsd):
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE_S)


def check_records(world):
    naptr = world.dig("ex.test", "NAPTR")
    assert naptr == ['10 10 "s" "SIP+D2U" "" _sip._udp.ex.test.',
                     '20 20 "s" "SIP+D2T" "" _sip._tcp.ex.test.'], naptr
    world.until("the stub lists each server once, on a level of its own",
                lambda: sorted(world.targets("_sip._udp")) == [1, 2, 3])
    assert world.targets("_sip._udp")[0] == 1
    assert sorted(world.targets("_sip._tcp")) == [1, 2]
    assert world.targets("_sips._tcp") == []
    assert world.dig("ex.test", "A") == [EDGES[0]], world.dig("ex.test", "A")
    assert world.dig("ex.test", "A", "+tcp") == [EDGES[0]]
    assert world.dig("127-0-33-3.sipha-stub.ex.test", "A") == [EDGES[2]]
    assert world.dig("www.ex.test", "A") == ["192.0.2.80"]
    assert world.dig("www.ex.test", "A", "+tcp") == ["192.0.2.80"]
    whole = subprocess.run(["kdig", "@127.0.0.1", "-p", str(world.stub_port), "+edns",
                            "_sip._udp.ex.test", "SRV"], capture_output=True, text=True).stdout
    assert "ADDITIONAL: 4" in whole and "\t1\tIN\tSRV" in whole, whole  # addresses, OPT, TTL 1


def check_deaths(world):
    first = world.edges.pop(EDGES[0])
    died = time.monotonic()
    first.die()
    world.until("the dead server is left out", lambda: 1 not in world.targets("_sip._udp"))
    print("    after %.2f s" % (time.monotonic() - died))
    assert sorted(world.targets("_sip._udp")) == [2, 3]
    world.until("over TCP too", lambda: world.targets("_sip._tcp") == [2])
    assert world.dig("ex.test", "A")[0] in EDGES[1:]
    world.edges[EDGES[0]] = Edge(EDGES[0], world.port)


def check_dead_dns(world):
    world.nsd.terminate()
    world.nsd.wait(PATIENCE_S)
    world.until("the stub notices that the DNS is dead", lambda: world.said("dns_failed"))
    before = len(world.said("order"))
    assert world.targets("_sip._udp"), "the last known servers stay"
    second = world.edges.pop(EDGES[1])
    second.die()
    world.until("deaths are noticed without the DNS", lambda: 2 not in world.targets("_sip._udp"))
    assert len(world.said("order")) > before
    assert world.targets("_sip._udp") and world.dig("ex.test", "NAPTR")
    assert world.dig("www.ex.test", "A") == [], "other names need the DNS"


def check_end(world):
    world.stub.send_signal(signal.SIGUSR1)
    world.until("counters on request", lambda: world.said("counter"))
    counters = {line["name"]: int(line["value"]) for line in world.said("counter")}
    assert counters["answered"] > 0 and counters["forward_answered"] == 2, counters
    world.stub.send_signal(signal.SIGTERM)
    world.until("ends when told", lambda: world.said("stopped"))
    assert world.stub.wait(PATIENCE_S) == 0


def check_usage(program):
    def run(*options):
        done = subprocess.run([program, *options], capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr

    good = ["--listen", "127.0.0.1:0", "--domain", "ex.test"]
    for wrong in ([], good[:2], good[2:], good + ["--ttl", "61"], good + ["--ttl", "-1"],
                  good + ["--transports", "wss"], good + ["--probe-interval", "1"],
                  good + ["--server", "x"], good + ["--source", "x"],
                  ["--listen", "x", "--domain", "ex.test"],
                  ["--listen", "127.0.0.1:0", "--domain", "a..b"],
                  ["--listen", "127.0.0.1:0", "--domain", "192.0.2.1"],
                  ["--listen", "127.0.0.1:53", "--domain", "ex.test", "--server", "127.0.0.1"]):
        code, text = run(*wrong)
        assert code == 2 and text, (wrong, code, text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        place = "127.0.0.1:%d" % taken.getsockname()[1]
        code, text = run("--listen", place, "--domain", "ex.test", "--server", "127.0.0.9")
        assert code == 3 and place in text, (code, text)
    code, text = run("--help")
    assert code == 0 and "baresip" in text and "linphone" in text and "Exit codes" in text
    assert run("--version")[0] == 0
    print("ok: usage")


def main():
    check_usage(sys.argv[1])
    if not shutil.which("nsd") or not shutil.which("kdig"):
        print("nsd or kdig (knot-dnsutils) is not installed")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        world = World(sys.argv[1], folder)
        try:
            check_records(world)
            check_deaths(world)
            check_dead_dns(world)
            check_end(world)
        finally:
            world.end()


main()
