#!/usr/bin/env python3
"""Renders the two-sites example, serves it with the real Knot DNS and asks as clients of each region.

Usage: knot_test.py SIPHA_DNSGEN TOPOLOGY. Needs knotd 3.2 with mod-geoip; listens on loopback only.
"""

import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM, TOPOLOGY = sys.argv[1], sys.argv[2]
SERVER = "127.0.0.53"
START_DEADLINE_S = 20
TYPES = {"A": 1, "NS": 2, "SOA": 6, "AAAA": 28, "SRV": 33, "NAPTR": 35, "AXFR": 252}
REFUSED, NOTAUTH = 5, 9


def free_port():
    """A port that is free for UDP and TCP on both server addresses right now."""
    for _ in range(50):
        sockets = []
        try:
            first = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sockets.append(first)
            first.bind((SERVER, 0))
            port = first.getsockname()[1]
            for address, kind in ((SERVER, socket.SOCK_STREAM), ("127.0.0.54", socket.SOCK_DGRAM),
                                  ("127.0.0.54", socket.SOCK_STREAM)):
                other = socket.socket(socket.AF_INET, kind)
                sockets.append(other)
                other.bind((address, port))
            return port
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
    raise RuntimeError("no free port on " + SERVER)


def encode_name(name):
    wire = b""
    for label in name.rstrip(".").split("."):
        wire += bytes([len(label)]) + label.encode()
    return wire + b"\0"


def decode_name(packet, at):
    labels, end = [], None
    while packet[at]:
        if packet[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack_from("!H", packet, at)[0] & 0x3FFF
        else:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode())
            at += 1 + packet[at]
    return ".".join(labels) + ".", end or at + 1


def decode_strings(packet, at, count):
    strings = []
    for _ in range(count):
        strings.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return strings, at


def rdata_text(packet, kind, at, length):
    """The record's data in presentation form, as sipha-dnsgen writes it."""
    if kind == TYPES["A"]:
        return socket.inet_ntoa(packet[at:at + 4])
    if kind == TYPES["NS"]:
        return decode_name(packet, at)[0]
    if kind == TYPES["SRV"]:
        return "%d %d %d %s" % (*struct.unpack_from("!HHH", packet, at), decode_name(packet, at + 6)[0])
    if kind == TYPES["NAPTR"]:
        strings, end = decode_strings(packet, at + 4, 3)
        quoted = " ".join('"%s"' % text for text in strings)
        return "%d %d %s %s" % (*struct.unpack_from("!HH", packet, at), quoted,
                                decode_name(packet, end)[0])
    if kind == TYPES["SOA"]:
        mname, at = decode_name(packet, at)
        rname, at = decode_name(packet, at)
        return "%s %s %d %d %d %d %d" % (mname, rname, *struct.unpack_from("!IIIII", packet, at))
    return packet[at:at + length].hex()


def subnet_option(subnet):
    """EDNS client subnet, RFC 7871 section 6."""
    address, bits = subnet.split("/")
    octets = socket.inet_aton(address)[:(int(bits) + 7) // 8]
    return struct.pack("!HHHBB", 8, 4 + len(octets), 1, int(bits), 0) + octets


class Answer:
    def __init__(self, packet):
        _, flags, questions, answers, authority, additional = struct.unpack_from("!6H", packet)
        self.rcode, self.is_authoritative = flags & 15, bool(flags & 0x0400)
        self.recursion_available = bool(flags & 0x0080)
        self.records, self.scope = set(), None
        at = 12
        for _ in range(questions):
            at = decode_name(packet, at)[1] + 4
        for index in range(answers + authority + additional):
            _, at = decode_name(packet, at)
            kind, _, ttl, length = struct.unpack_from("!HHIH", packet, at)
            at += 10
            if index < answers:
                self.records.add((ttl, rdata_text(packet, kind, at, length)))
            elif kind == 41:
                self.read_options(packet[at:at + length])
            at += length

    def read_options(self, data):
        while data:
            code, length = struct.unpack_from("!HH", data)
            if code == 8:
                self.scope = data[4 + 3]
            data = data[4 + length:]


def ask(port, source, name, kind, subnet=None, timeout=2.0):
    """Asks over UDP from a source address. Returns None when nothing came."""
    options = subnet_option(subnet) if subnet else b""
    edns = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(options)) + options
    query = struct.pack("!6H", 4711, 0, 1, 0, 0, 1) + encode_name(name)
    query += struct.pack("!HH", TYPES[kind], 1) + edns
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind((source, 0))
        asking.settimeout(timeout)
        asking.connect((SERVER, port))
        try:
            asking.send(query)
            return Answer(asking.recv(4096))
        except OSError:
            return None


def read_zone(path):
    """(owner, type) -> set of (ttl, rdata text)."""
    sets = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            owner, ttl, _, kind, rdata = line.rstrip("\n").split("\t", 4)
            sets.setdefault((owner, kind), set()).add((int(ttl), rdata))
    return sets


def render(topology, out):
    subprocess.run([PROGRAM, "render", topology, "--out", out], check=True,
                   stdout=subprocess.DEVNULL)


class KnotServesTheExample(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.knotd = shutil.which("knotd", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if cls.knotd is None:
            raise RuntimeError("knotd is missing; install knot and knot-module-geoip")
        cls.root = tempfile.mkdtemp(prefix="sipha-knot.")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.out = os.path.join(cls.root, "out")
        cls.start()
        cls.zones = {region: read_zone(os.path.join(cls.out, "current/zones", region + ".zone"))
                     for region in ("eu", "na")}

    @classmethod
    def start(cls):
        cls.port = free_port()
        with open(TOPOLOGY, encoding="utf-8") as file:
            text, count = re.subn("@5300", "@%d" % cls.port, file.read())
        assert count == 2, "the example listens on two addresses"
        cls.topology = os.path.join(cls.root, "topology.yaml")
        with open(cls.topology, "w", encoding="utf-8") as file:
            file.write(text)
        render(cls.topology, cls.out)
        cls.log = open(os.path.join(cls.root, "knot.log"), "w+", encoding="utf-8")
        cls.addClassCleanup(cls.log.close)
        cls.server = subprocess.Popen([cls.knotd, "-c", "current/knot/knot.conf"], cwd=cls.out,
                                      stdout=cls.log, stderr=subprocess.STDOUT)
        cls.addClassCleanup(cls.stop)
        deadline = time.monotonic() + START_DEADLINE_S
        while time.monotonic() < deadline and cls.server.poll() is None:
            answer = ask(cls.port, "127.0.0.1", "two-sites.example", "SOA", timeout=0.3)
            if answer and answer.records:
                return
        raise RuntimeError("knotd does not answer:\n" + cls.read_log())

    @classmethod
    def stop(cls):
        cls.server.terminate()
        try:
            cls.server.wait(10)
        except subprocess.TimeoutExpired:
            cls.server.kill()
            cls.server.wait()

    @classmethod
    def read_log(cls):
        cls.log.seek(0)
        return cls.log.read()

    def ask(self, source, name, kind, subnet=None):
        answer = ask(self.port, source, name, kind, subnet)
        self.assertIsNotNone(answer, "no answer to %s %s" % (name, kind))
        return answer

    def expect_region(self, region, source, subnet=None):
        for (owner, kind), records in self.zones[region].items():
            answer = self.ask(source, owner, kind, subnet)
            self.assertEqual(answer.rcode, 0)
            self.assertTrue(answer.is_authoritative)
            self.assertEqual(answer.records, records, (region, source, subnet, owner, kind))

    def test_module_is_loaded_without_errors(self):
        self.assertNotRegex(self.read_log(), "error|warning")

    def test_regions_differ(self):
        owner = ("_sip._udp.two-sites.example.", "SRV")
        self.assertNotEqual(self.zones["eu"][owner], self.zones["na"][owner])

    def test_every_record_set_by_source_address(self):
        for region, source in (("eu", "127.0.0.1"), ("eu", "127.0.255.254"), ("na", "127.1.0.1"),
                               ("na", "127.1.255.254"), ("eu", "127.2.0.0"), ("eu", "127.200.0.1")):
            self.expect_region(region, source)

    def test_every_record_set_by_client_subnet(self):
        for region, subnet in (("eu", "127.0.7.0/24"), ("na", "127.1.7.0/24"), ("eu", "127.2.0.0/24"),
                               ("eu", "9.9.9.0/24"), ("eu", "255.255.255.0/24")):
            # The subnet counts, not the resolver that asks.
            for source in ("127.0.0.1", "127.1.0.1"):
                self.expect_region(region, source, subnet)

    def test_scope_is_never_wider_than_the_region(self):
        for subnet, scope in (("127.0.7.0/24", 16), ("127.1.7.0/24", 16), ("127.2.0.0/24", 15),
                              ("128.0.0.0/24", 1)):
            answer = self.ask("127.0.0.1", "_sip._udp.two-sites.example", "SRV", subnet)
            self.assertEqual(answer.scope, scope, subnet)

    def test_unknown_names_and_other_zones(self):
        self.assertEqual(self.ask("127.0.0.1", "nobody.two-sites.example", "A").rcode, 3)
        answer = self.ask("127.0.0.1", "elsewhere.example", "A")
        self.assertEqual(answer.rcode, REFUSED)
        self.assertFalse(answer.recursion_available)

    def test_no_zone_transfer(self):
        query = struct.pack("!6H", 1, 0, 1, 0, 0, 0) + encode_name("two-sites.example")
        query += struct.pack("!HH", TYPES["AXFR"], 1)
        with socket.create_connection((SERVER, self.port), timeout=5) as stream:
            stream.sendall(struct.pack("!H", len(query)) + query)
            reply = stream.recv(4096)
        self.assertIn(Answer(reply[2:]).rcode, (REFUSED, NOTAUTH))


class KnotFollowsAChange(KnotServesTheExample):
    """Drains a site while the server runs, and reloads through `current`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(cls.topology, encoding="utf-8") as file:
            text, count = re.subn(r"(  ams:\n)", r"\1    state: drain\n", file.read())
        assert count == 1, "the example has a site ams"
        with open(cls.topology, "w", encoding="utf-8") as file:
            file.write(text)
        render(cls.topology, cls.out)
        cls.zones = {region: read_zone(os.path.join(cls.out, "current/zones", region + ".zone"))
                     for region in ("eu", "na")}
        knotc = shutil.which("knotc", path=os.environ.get("PATH", "") + ":/usr/sbin")
        subprocess.run([knotc, "-s", os.path.join(cls.out, "run/knot.sock"), "-b", "reload"],
                       check=True, stdout=subprocess.DEVNULL)

    def test_serial_moved_and_draining_edges_are_last(self):
        soa = next(iter(self.ask("127.0.0.1", "two-sites.example", "SOA").records))[1]
        self.assertEqual(soa.split()[2], "2")
        srv = self.ask("127.0.0.1", "_sip._udp.two-sites.example", "SRV").records
        best = min((text.split() for _, text in srv), key=lambda fields: int(fields[0]))
        self.assertEqual(best[3], "nyc1.two-sites.example.")

    def test_regions_differ(self):
        # With one live site, both sides of the ocean get it first and the draining one last.
        owner = ("_sip._udp.two-sites.example.", "SRV")
        self.assertEqual(self.zones["eu"][owner], self.zones["na"][owner])

    def test_scope_is_never_wider_than_the_region(self):
        answer = self.ask("127.0.0.1", "_sip._udp.two-sites.example", "SRV", "127.1.7.0/24")
        self.assertIn(answer.scope, (None, 0))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
