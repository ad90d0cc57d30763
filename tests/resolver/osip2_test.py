#!/usr/bin/env python3
"""Runs the libosip2 example against a DNS server and SIP servers that live in this process.

The first server of the zone refuses (nothing listens there), the second says 503, the third
registers. Usage: osip2_test.py PROGRAM. Exit code 0 when every claim holds.
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
REGISTERED_WITHIN_S = 0.5
HOSTS = ("127.0.13.1", "127.0.13.2", "127.0.13.3")
PHONE = "127.0.13.9"


def name_bytes(name):
    return b"".join(bytes([len(l)]) + l.encode() for l in name.split(".") if l) + b"\0"


def udp(address, port=0):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((address, port))
    return one


class Dns:
    """SRV of _sip._udp.ex with the hosts in their order, each on a priority of its own."""

    def __init__(self, port):
        self.socket = udp("127.0.0.1")
        self.place = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.records = {("_sip._udp.ex", 33): [
            struct.pack("!HHH", 10 * (n + 1), 1, port) + name_bytes("h%d.ex" % n)
            for n in range(len(HOSTS))]}
        for n, ip in enumerate(HOSTS):
            self.records[("h%d.ex" % n, 1)] = [socket.inet_aton(ip)]

    def serve(self):
        query, peer = self.socket.recvfrom(2048)
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        found = self.records.get((".".join(labels), kind), [])
        reply = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0) + query[12:at + 5]
        for data in found:
            reply += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
        self.socket.sendto(reply, peer)


class Server:
    """Answers every request with one status line."""

    def __init__(self, ip, port, status):
        self.socket, self.status, self.requests = udp(ip, port), status, []

    def serve(self):
        data, peer = self.socket.recvfrom(65536)
        text = data.decode()
        self.requests.append(text)
        kept = [l for l in text.split("\r\n")[1:]
                if re.match("(Via|From|To|Call-ID|CSeq|Contact):", l)]
        self.socket.sendto(("\r\n".join([f"SIP/2.0 {self.status}", *kept, "Content-Length: 0"])
                            + "\r\n\r\n").encode(), peer)


def main():
    last = Server(HOSTS[2], 0, "200 OK")
    port = last.socket.getsockname()[1]
    second = Server(HOSTS[1], port, "503 Service Unavailable")
    dns = Dns(port)
    began = time.monotonic()
    phone = subprocess.Popen([sys.argv[1], "sip:alice@ex", PHONE, dns.place],
                             stdout=subprocess.PIPE)
    said = ""
    try:
        while "registered" not in said and time.monotonic() - began < PATIENCE_S:
            places = {dns.socket: dns, second.socket: second, last.socket: last}
            for ready in select.select([phone.stdout, *places], [], [], 0.2)[0]:
                if ready is phone.stdout:
                    said += os.read(ready.fileno(), 65536).decode()
                else:
                    places[ready].serve()
        took = time.monotonic() - began
        print(said, end="")
        assert f"registered target={HOSTS[2]}:{port}" in said, said
        assert f"chosen target={HOSTS[0]}:{port}" in said, "the first server was not tried"
        assert took <= REGISTERED_WITHIN_S, f"took {took:.3f} s, limit {REGISTERED_WITHIN_S} s"
        request = next(r for r in last.requests if r.startswith("REGISTER"))
        assert request.startswith("REGISTER sip:ex SIP/2.0\r\n"), request
        assert re.search(rf"^Contact: <sip:alice@{re.escape(PHONE)}:\d+>", request, re.M), request
        print(f"ok: registered at the third server after {took * 1000:.0f} ms")
        phone.send_signal(signal.SIGTERM)
        assert phone.wait(PATIENCE_S) == 0
    finally:
        if phone.poll() is None:
            phone.kill()


main()
