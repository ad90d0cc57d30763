#!/usr/bin/env python3
"""A machine that vanishes: the TCP canary notices within its silence limit.

Usage: canary_black_hole_test.py PATH-OF-CANARY-WATCH

A network namespace of its own with nftables stands for the path to the machine: once the canary is
up, every packet of the connection is dropped. Needs root or user namespaces, ip and nft; without
them it says so and exits with 77, which ctest reports as skipped. Exit code 0 when every claim
holds.
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading

PORT = 5060
PATIENCE_S = 30
SKIPPED = 77
# Limit in milliseconds, and how much later the report may come on a busy machine.
LIMITS_MS = (1000, 5000)
SLACK_MS = 900


def can_run(argv):
    return subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def enter_namespace():
    """Starts this script again inside a network namespace; returns when it is inside."""
    if os.environ.get("SIPHA_IN_NAMESPACE"):
        return
    if not shutil.which("nft") or not shutil.which("ip"):
        print("SKIPPED: nft and ip are needed (packages nftables, iproute2)")
        sys.exit(SKIPPED)
    for unshare in (["unshare", "-n"], ["unshare", "-rn"]):
        if can_run(unshare + ["nft", "list", "ruleset"]):
            environment = dict(os.environ, SIPHA_IN_NAMESPACE="1")
            command = unshare + [sys.executable, os.path.abspath(__file__)] + sys.argv[1:]
            os.execvpe(command[0], command, environment)
    print("SKIPPED: no network namespace can be made here; run as root")
    sys.exit(SKIPPED)


class Peer:
    """Takes connections and, unless it is mute, answers each ping with a pong."""

    def __init__(self, is_mute):
        self.is_mute = is_mute
        self.listener = socket.create_server(("127.0.0.1", PORT))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        stream = self.listener.accept()[0]
        while stream.recv(100):
            if not self.is_mute:
                stream.send(b"\r\n")


def nft(*words):
    subprocess.run(["nft", *words], check=True)


def measure(program, limit_ms, is_mute):
    peer = Peer(is_mute)
    watch = subprocess.Popen([program, "127.0.0.1", str(PORT), str(limit_ms)],
                             stdout=subprocess.PIPE, text=True)
    try:
        line = watch.stdout.readline()
        assert line == "up\n", f"no connection: {line}"
        if not is_mute:
            assert watch.stdout.readline().startswith("alive"), "no pong"
        nft("add", "table", "inet", "hole")
        nft("add", "chain", "inet", "hole", "in",
            "{ type filter hook input priority 0 ; }")
        nft("add", "rule", "inet", "hole", "in", "tcp", "dport", str(PORT), "drop")
        nft("add", "rule", "inet", "hole", "in", "tcp", "sport", str(PORT), "drop")
        watch.send_signal(signal.SIGUSR1)  # its clock starts now
        line = watch.stdout.readline()
        while line.startswith("alive"):
            line = watch.stdout.readline()
        assert line.startswith("down timeout"), line
        took_ms = int(line.split()[-1])
        kind = "mute peer" if is_mute else "peer with pongs"
        print(f"ok: black hole, {kind}: limit {limit_ms} ms, noticed after {took_ms} ms")
        assert took_ms <= limit_ms + SLACK_MS, "too late"
    finally:
        watch.kill()
        watch.wait(PATIENCE_S)
        peer.listener.close()
        nft("flush", "ruleset")


def main():
    enter_namespace()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for limit_ms in LIMITS_MS:
        for is_mute in (False, True):
            measure(sys.argv[1], limit_ms, is_mute)


main()
