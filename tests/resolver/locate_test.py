#!/usr/bin/env python3
"""Exit codes and output of sipha-locate, without any DNS. Usage: locate_test.py PROGRAM."""
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time

PATIENCE_S = 20


def run(*arguments):
    done = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def closed_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % one.getsockname()[1]


class Server:
    """Answers OPTIONS over UDP, and takes TCP connections on the same port."""

    def __init__(self):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.bind(("127.0.0.1", self.port))
        self.tcp.listen()
        self.streams = []

    def serve(self, program):
        """Answers until the program writes something; returns that."""
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            sockets = [self.udp, self.tcp, *self.streams]
            for one in select.select([*sockets, program.stdout], [], [], 0.1)[0]:
                if one is program.stdout:
                    return os.read(program.stdout.fileno(), 65536).decode()
                if one is self.tcp:
                    self.streams.append(self.tcp.accept()[0])
                    continue
                data, peer = one.recvfrom(65536)
                if one is not self.udp and not data:
                    self.streams.remove(one)
                    one.close()
                elif data.startswith(b"OPTIONS"):
                    kept = [line for line in data.decode().split("\r\n")
                            if re.match("Via|From|To|Call-ID|CSeq", line)]
                    reply = ("SIP/2.0 200 OK\r\n%s\r\nContent-Length: 0\r\n\r\n"
                             % "\r\n".join(kept)).encode()
                    one.sendto(reply, peer) if one is self.udp else one.send(reply)
                else:
                    one is self.udp or one.send(b"\r\n")
        raise AssertionError("the program says nothing")

    def die(self):
        for one in [self.udp, self.tcp, *self.streams]:
            one.close()
        self.streams = []


def start(*arguments):
    return subprocess.Popen([sys.argv[1], *arguments], stdout=subprocess.PIPE)


def check_lookup():
    code, out, _ = run("sip:192.0.2.1;transport=tcp")
    assert code == 0 and out.splitlines()[1].split()[:3] == ["1", "tcp", "192.0.2.1:5060"], out

    code, out, _ = run("--json", "--explain", "--transports", "udp", "sip:[2001:db8::1]")
    report = json.loads(out)
    assert code == 0 and report["error"] is None and report["steps"], report
    assert report["candidates"][0]["address"] == "2001:db8::1", report
    assert report["candidates"][0]["port"] == 5060, report

    code, out, err = run("sip:a.invalid")
    assert code == 1 and out == "" and "does not exist" in err, err

    for wrong in (["mailto:a@b"], ["sip:a..b"], [], ["sip:a", "--server", "x"],
                  ["sip:a", "--family", "5"], ["sip:192.0.2.1", "--family", "6"],
                  ["sip:a", "--transports", "sctp"], ["sip:a", "--server", "127.0.0.1:0"],
                  ["sip:a", "--source", "x"], ["sip:192.0.2.1", "--watch", "--probe"],
                  ["sip:192.0.2.1", "--watch", "--explain"]):
        code, out, err = run(*wrong)
        assert code == 2 and out == "" and err, (wrong, code, err)

    code, out, err = run("sip:a.example", "--server", closed_port(), "--json")
    assert code == 3 and json.loads(out)["error"], (code, out, err)

    code, out, _ = run("--help")
    assert code == 0 and "Exit codes" in out and "Examples" in out
    code, out, _ = run("--version")
    assert code == 0 and out.startswith("sipha-locate ")


def check_terminal():
    """Colour in a terminal, and none where the user said no."""
    for refused, expected in ((None, True), ("1", False)):
        ours, theirs = pty.openpty()
        environment = {"TERM": "xterm", **({"NO_COLOR": refused} if refused else {})}
        subprocess.run([sys.argv[1], "sip:192.0.2.1"], stdout=theirs, env=environment, timeout=30)
        os.close(theirs)
        assert (b"\x1b[" in os.read(ours, 65536)) == expected
        os.close(ours)


def check_probe():
    server = Server()
    program = start("sip:127.0.0.1:%d" % server.port, "--transports", "udp", "--probe")
    out = server.serve(program)
    assert program.wait(PATIENCE_S) == 0 and re.search(r"  alive \d+\.\dms$", out, re.M), out

    program = start("sip:127.0.0.1:%d;transport=tcp" % server.port, "--probe", "--json")
    probe = json.loads(server.serve(program))["candidates"][0]["probe"]
    assert program.wait(PATIENCE_S) == 0 and probe["alive"] and probe["rtt_us"] > 0, probe

    server.die()
    for uri in ("sip:127.0.0.1:%d", "sip:127.0.0.1:%d;transport=tcp"):
        code, out, err = run(uri % server.port, "--probe", "--transports", "udp,tcp")
        assert code == 1 and "dead refused" in out and "no server answers" in err, (code, out, err)


def check_watch():
    server = Server()
    uri = "sip:127.0.0.1:%d" % server.port
    program = start(uri, "--transports", "udp", "--watch", "--json")
    seen = ""
    while '"pinned"' not in seen:
        seen += server.serve(program)
    server.die()
    while '"reason":"reset"' not in seen and '"reason":"refused"' not in seen:
        assert select.select([program.stdout], [], [], PATIENCE_S)[0], seen
        seen += os.read(program.stdout.fileno(), 65536).decode()
    program.send_signal(signal.SIGINT)
    rest, _ = program.communicate(timeout=PATIENCE_S)
    events = [json.loads(line) for line in (seen + rest.decode()).splitlines()]
    assert events[0]["target"] == "udp:127.0.0.1:%d" % server.port, events
    assert program.returncode in (0, 1), program.returncode

    code, out, _ = run("mailto:a@b", "--watch")
    assert code == 2 and "error=" in out, (code, out)


check_lookup()
check_terminal()
check_probe()
check_watch()
