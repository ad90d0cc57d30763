#!/usr/bin/env python3
"""Exit codes and output of sipha-locate, without any DNS. Usage: locate_test.py PROGRAM."""
import json
import socket
import subprocess
import sys


def run(*arguments):
    done = subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def closed_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return "127.0.0.1:%d" % one.getsockname()[1]


code, out, _ = run("sip:192.0.2.1;transport=tcp")
assert code == 0 and out.splitlines()[1].split()[:3] == ["1", "tcp", "192.0.2.1:5060"], out

code, out, _ = run("--json", "--explain", "--transports", "udp", "sip:[2001:db8::1]")
report = json.loads(out)
assert code == 0 and report["error"] is None and report["steps"], report
assert report["candidates"][0]["address"] == "2001:db8::1", report
assert report["candidates"][0]["port"] == 5060, report

code, out, err = run("sip:a.invalid")
assert code == 1 and out == "" and "does not exist" in err, err

for wrong in (["mailto:a@b"], ["sip:a..b"], [], ["sip:a", "--server", "x"], ["sip:a", "--family", "5"],
              ["sip:192.0.2.1", "--family", "6"], ["sip:a", "--transports", "sctp"],
              ["sip:a", "--server", "127.0.0.1:0"]):
    code, out, err = run(*wrong)
    assert code == 2 and out == "" and err, (wrong, code, err)

code, out, err = run("sip:a.example", "--server", closed_port(), "--json")
assert code == 3 and json.loads(out)["error"], (code, out, err)

code, out, _ = run("--help")
assert code == 0 and "Exit codes" in out and "Examples" in out
code, out, _ = run("--version")
assert code == 0 and out.startswith("sipha-locate ")
print("ok")
