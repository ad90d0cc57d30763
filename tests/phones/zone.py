"""The zone of the phone's domain, and the Knot server that publishes it."""

import os
import random
import socket
import struct
import subprocess
from dataclasses import dataclass

from lab import DNS, DOMAIN, SERVERS, program
from processes import wait_until

SOA = 6


@dataclass
class Zone:
    """What the zone says. The apex address is a trap: only a phone that skips SRV registers there."""

    transports: tuple = ("udp", "tcp")  # NAPTR order 10, 20, ...
    levels: tuple = ((10, 50, "s1"), (10, 50, "s2"), (20, 0, "s3"))  # priority, weight, target
    apex: str | None = "s4"
    ttl_s: int = 60
    replacements: tuple = ("_sip._udp", "_sip._tcp")

    def text(self, serial):
        lines = [
            f"$ORIGIN {DOMAIN}.",
            f"$TTL {self.ttl_s}",
            f"@ SOA ns hostmaster {serial} 3600 600 86400 {self.ttl_s}",
            "@ NS ns",
            f"ns A {DNS}",
        ]
        lines += [f"{name} A {address}" for name, address in SERVERS.items()]
        if self.apex:
            lines.append(f"@ A {SERVERS[self.apex]}")
        owners = dict(zip(("udp", "tcp"), self.replacements))
        for position, transport in enumerate(self.transports, 1):
            # Equal preferences: the order alone must decide (RFC 3403 4.1).
            service = f"SIP+D2{transport[0].upper()}"
            lines.append(f'@ NAPTR {position * 10} 50 "s" "{service}" "" {owners[transport]}')
            lines += [
                f"{owners[transport]} SRV {priority} {weight} 5060 {target}"
                for priority, weight, target in self.levels
            ]
        return "\n".join(lines) + "\n"


def ask(server, name, qtype, limit_s=0.3):
    """One DNS question over UDP; the raw answer, or None."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    number = random.getrandbits(16)
    question = struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", qtype, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(limit_s)
        try:
            asker.sendto(question, (server, 53))
            answer = asker.recv(4096)
        except OSError:
            return None
    return answer if answer[:2] == question[:2] else None


def serial_of(answer):
    """The serial in an answer that holds one SOA record: the first of its last five numbers."""
    if not answer or struct.unpack(">H", answer[6:8])[0] != 1:
        return None
    end = len(answer)
    # Knot adds authority and additional records only when there is room for more than the SOA.
    return struct.unpack(">I", answer[end - 20 : end - 16])[0]


class NameServer:
    """Knot with one zone, on the server side of the laboratory."""

    def __init__(self, lab, zone):
        self.lab, self.serial = lab, 0
        self.directory = os.path.join(lab.directory, "knot")
        os.makedirs(self.directory)
        self._configuration = os.path.join(self.directory, "knot.conf")
        self._file = os.path.join(self.directory, "zone")
        with open(self._configuration, "w", encoding="ascii") as file:
            file.write(
                f'server:\n  listen: {DNS}@53\n  rundir: "{self.directory}"\n'
                "  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n"
                f'database:\n  storage: "{self.directory}"\n  timer-db-max-size: 1M\n'
                "  journal-db-max-size: 1M\n  kasp-db-max-size: 5M\n"
                "log:\n  - target: stdout\n    any: info\n"
                f'zone:\n  - domain: {DOMAIN}\n    file: "{self._file}"\n'
                "    zonefile-sync: -1\n    zonefile-load: whole\n    journal-content: none\n"
            )
        self.process = None
        self._write(zone)
        self.start()

    def _write(self, zone):
        self.serial += 1
        with open(self._file, "w", encoding="ascii") as file:
            file.write(zone.text(self.serial))

    def start(self):
        self.process = self.lab.processes.start(
            "knot", [program("knotd"), "-c", self._configuration], self.directory
        )
        self._wait()

    def stop(self):
        """The port is closed: questions meet ICMP instead of silence."""
        self.process.end()

    def publish(self, zone):
        """Replaces the zone; returns when the server answers with it."""
        self._write(zone)
        subprocess.run(
            [program("knotc"), "-s", os.path.join(self.directory, "knot.sock"), "zone-reload", DOMAIN],
            check=True,
            capture_output=True,
        )
        self._wait()

    def _wait(self):
        def answers():
            if not self.process.is_running():
                raise OSError(f"knotd ended: {self.process.output().strip()[-300:]}")
            return serial_of(ask(DNS, DOMAIN, SOA)) == self.serial

        wait_until(answers, 10, f"Knot answers with serial {self.serial}")
