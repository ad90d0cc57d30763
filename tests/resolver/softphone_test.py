#!/usr/bin/env python3
"""Runs sipha-softphone against two edges and a DNS server, all on loopback and in this process.

Usage: softphone_test.py PATH-OF-SIPHA-SOFTPHONE. Exit code 0 when every claim holds.
"""
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time

PATIENCE_S = 20
EDGES = ("127.0.12.1", "127.0.12.2")
PHONE = "127.0.12.9"


def name_bytes(name):
    return b"".join(bytes([len(l)]) + l.encode() for l in name.split(".") if l) + b"\0"


class Dns:
    """Answers SRV of _sip._udp.ex (edge 1, then edge 2 on `port`) and the edges' addresses."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.place = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.records = {("_sip._udp.ex", 33): [
            struct.pack("!HHH", 10 * (n + 1), 1, port) + name_bytes("e%d.ex" % n) for n in (0, 1)]}
        for n, ip in enumerate(EDGES):
            self.records[("e%d.ex" % n, 1)] = [socket.inet_aton(ip)]

    def serve(self):
        query, peer = self.socket.recvfrom(2048)
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        question = query[12:at + 5]
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        found = self.records.get((".".join(labels), kind), [])
        reply = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0) + question
        for data in found:
            reply += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
        self.socket.sendto(reply, peer)


class Edge:
    """A registrar over UDP and a pong server over TCP on the same port."""

    def __init__(self, ip, port=0):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((ip, port))
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((ip, self.port))
        self.tcp.listen()
        self.streams = []
        self.phone = None
        self.replies = []
        self.expires = []

    def sockets(self):
        return [self.udp, self.tcp] + self.streams

    def serve(self, ready):
        if ready is self.tcp:
            self.streams.append(self.tcp.accept()[0])
        elif ready is self.udp:
            data, peer = self.udp.recvfrom(65536)
            text = data.decode()
            if text.startswith("REGISTER"):
                self.phone = peer
                self.expires.append(int(re.search(r"Expires: (\d+)", text).group(1)))
                kept = [l for l in text.split("\r\n")[1:] if re.match("Via|From|To|Call-ID|CSeq|Contact", l)]
                self.udp.sendto(("SIP/2.0 200 OK\r\n" + "\r\n".join(kept) + "\r\n\r\n").encode(), peer)
            else:
                self.replies.append(text)
        elif ready.recv(100):
            ready.send(b"\r\n")
        else:
            self.streams.remove(ready)

    def die(self):
        """As a killed process: the kernel resets every connection and refuses new ones."""
        for stream in self.streams:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for one in self.sockets():
            one.close()
        self.streams = []

    def send(self, method, cseq):
        text = (f"{method} sip:alice@{PHONE} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {self.udp.getsockname()[0]}:{self.port};branch=z9hG4bK{method}\r\n"
                f"From: <sip:bob@ex>;tag=1\r\nTo: <sip:alice@ex>\r\nCall-ID: c1\r\n"
                f"CSeq: {cseq} {method}\r\nRecord-Route: <sip:edge;lr>\r\nContent-Length: 0\r\n\r\n")
        self.udp.sendto(text.encode(), self.phone)


class World:
    def __init__(self, program):
        first = Edge(EDGES[0])
        self.edges = [first, Edge(EDGES[1], first.port)]
        self.dns = Dns(first.port)
        self.lines = []
        self.phone = subprocess.Popen(
            [program, "--aor", "sip:alice@ex", "--listen", PHONE, "--server", self.dns.place],
            stdout=subprocess.PIPE)
        self.pending = b""

    def turn(self):
        fds = [self.dns.socket, self.phone.stdout]
        for edge in self.edges:
            fds += edge.sockets()
        for ready in select.select(fds, [], [], 0.2)[0]:
            if ready is self.dns.socket:
                self.dns.serve()
            elif ready is self.phone.stdout:
                self.pending += os.read(ready.fileno(), 65536)
                *whole, self.pending = self.pending.split(b"\n")
                self.lines += [line.decode() for line in whole]
            else:
                for edge in self.edges:
                    if ready in edge.sockets():
                        edge.serve(ready)

    def until(self, what, claim):
        give_up = time.monotonic() + PATIENCE_S
        while not claim():
            if time.monotonic() > give_up:
                sys.exit("FAILED: %s\n%s" % (what, "\n".join(self.lines)))
            self.turn()
        print("ok:", what)

    def said(self, pattern):
        return any(re.search(pattern, line) for line in self.lines)


def main():
    world = World(sys.argv[1])
    first, second = world.edges
    try:
        world.until("registers at the first edge", lambda: world.said(
            r"^\d{13} registered edge=udp:127\.0\.12\.1:\d+ contact=sip:alice@.* took=\d+ms"))
        world.until("watches the edge over TCP", lambda: len(first.streams) == 1)
        first.send("OPTIONS", 1)
        world.until("answers OPTIONS", lambda: any("200 OK" in r for r in first.replies))
        first.replies.clear()
        first.send("INVITE", 2)
        world.until("repeats its answer until the ACK", lambda: len(first.replies) >= 2)
        answer = first.replies[0]
        assert "m=audio 9 " in answer and "Record-Route: <sip:edge;lr>" in answer, answer
        first.send("ACK", 2)
        world.until("takes the ACK", lambda: world.said("call-established call-id=c1"))
        died = time.monotonic()
        first.die()
        world.edges = [second]
        world.until("moves when the edge is killed", lambda: world.said(
            r"registered edge=udp:127\.0\.12\.2"))
        assert world.said(r"edge-lost edge=udp:127\.0\.12\.1:\d+ cause=reset"), world.lines
        assert time.monotonic() - died < 1, "moving took too long"
        second.send("BYE", 3)
        world.until("ends the call through the other edge", lambda: world.said("call-ended call-id=c1"))
        world.phone.send_signal(signal.SIGTERM)
        world.until("unregisters", lambda: 0 in second.expires and world.said("unregistered"))
        assert world.phone.wait(PATIENCE_S) == 0
    finally:
        if world.phone.poll() is None:
            world.phone.kill()


main()
