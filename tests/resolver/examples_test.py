#!/usr/bin/env python3
"""The two shortest examples, without any DNS. Usage: examples_test.py C-PROGRAM ASIO-PROGRAM."""
import subprocess
import sys

for program, v4, v6 in ((sys.argv[1], "udp 192.0.2.1 port 5060", "tls 2001:db8::1 port 5061"),
                        (sys.argv[2], "udp:192.0.2.1:5060", "tls:[2001:db8::1]:5061")):
    for uri, code, expected in (("sip:192.0.2.1", 0, v4), ("sips:[2001:db8::1]", 0, v6),
                                ("sip:a.invalid", 1, ""), ("tel:1", 1, ""), (None, 2, "")):
        done = subprocess.run([program] + ([uri] if uri else []), capture_output=True, text=True,
                              timeout=30)
        assert done.returncode == code, (program, uri, done)
        assert done.stdout.strip() == expected, (program, uri, done)
        assert bool(done.stderr) == (code != 0), (program, uri, done)
print("ok")
