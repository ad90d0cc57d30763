"""A laboratory of two network namespaces: a phone on one side, its SIP and DNS servers on the other.

The test itself lives on the server side, in namespaces of its own for network, mounts and
processes. They end with it, however it ends: after `kill -9` the kernel ends every process, and
with them go addresses, packet filters and mounts. Nothing is ever created outside.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))

from processes import Processes  # noqa: E402  (found through the line above)

DOMAIN = "example.test"
PHONE = "192.0.2.100"
DNS = "192.0.2.53"
SERVERS = {f"s{number}": f"192.0.2.{10 + number}" for number in range(1, 6)}
# ctest counts a test with this exit code as skipped (SKIP_RETURN_CODE).
SKIPPED = 77

_CLONE_NEWNET, _PR_SET_PDEATHSIG = 0x40000000, 1
INSIDE = "SIPHA_PHONES_LAB"
_PACKAGES = {
    "ip": "iproute2",
    "nft": "nftables",
    "nsenter": "util-linux",
    "script": "bsdutils",
    "knotd": "knot",
    "baresip": "baresip-core",
    "linphonec": "linphone-cli",
}

# Dropped before routing, so that the phone sees silence; a drop where packets leave would show
# the sender an error that no real network shows.
_FILTER = """
table ip lab {
    set dead { type ipv4_addr; }
    set deaf { type ipv4_addr; }
    chain arriving {
        type filter hook prerouting priority -300;
        ip daddr @dead drop
        ip daddr @deaf udp dport 53 @th,160,40 0x045f736970 drop
    }
    chain leaving {
        type filter hook postrouting priority 300;
        ip saddr @dead drop
    }
}
"""


def program(name):
    """Full path of a system program: sbin is not on everybody's path."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin")


def enter(parts=1, phones=()):
    """Starts this test again inside its own namespaces; returns only there.

    With several `parts` it is started as often at the same time, each in a laboratory of its own
    with its share of the tests (see `share`): phones mostly wait. `phones` are the programs needed
    beside those of the laboratory. Root must succeed; others need user namespaces, and without them
    the test is skipped.
    """
    needed = ("ip", "nft", "nsenter", "knotd", *phones)
    missing = sorted(_PACKAGES[name] for name in needed if not program(name))
    if missing:
        sys.exit(f"phones: install the packages {' '.join(missing)}")
    if os.environ.get(INSIDE):
        return
    command = [program("unshare"), "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid() != 0:
        command += ["--user", "--map-root-user"]
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        print(f"phones: no namespaces here: {tried.stderr.strip()}", file=sys.stderr)
        sys.exit(1 if os.geteuid() == 0 else SKIPPED)
    command += [sys.executable, "-B", os.path.abspath(sys.argv[0]), *sys.argv[1:]]
    if parts == 1:
        os.execve(command[0], command, {**os.environ, INSIDE: "0/1"})
    sys.exit(_run_parts(command, parts))


def _run_parts(command, parts):
    """Prints what each part says, one after the other; returns the worst exit code."""
    libc = ctypes.CDLL(None)
    started = []
    for part in range(parts):
        output = tempfile.TemporaryFile("w+")  # not a pipe, which a silent reader would fill
        child = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, INSIDE: f"{part}/{parts}"},
            # A part ends with us, however we end.
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
        )
        started.append((child, output))
    worst = 0
    for child, output in started:
        worst = max(worst, abs(child.wait()))
        output.seek(0)
        sys.stdout.write(output.read())
        output.close()
    return min(worst, 255)


def share(tests):
    """Of a list of tests those that fall to this part."""
    part, parts = map(int, os.environ[INSIDE].split("/"))
    return tests[part::parts]


def run(*argv, text_in=None):
    done = subprocess.run(argv, input=text_in, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


class Lab:
    """The wire between both sides, its faults, and the processes at work; one per test program."""

    def __init__(self):
        # A private /run, gone with the mount namespace, holds the phone's network and all files.
        run("mount", "-t", "tmpfs", "tmpfs", "/run")
        self.directory = tempfile.mkdtemp(prefix="phones-", dir="/run")
        self.processes = Processes(self.directory)
        self._ip, self._nft = program("ip"), program("nft")
        self._make_networks()
        run(self._nft, "-f", "-", text_in=_FILTER)
        self._resolv_conf = os.path.join(self.directory, "resolv.conf")
        self.use_dns(DNS)
        system_file = os.path.realpath("/etc/resolv.conf")
        if not os.path.exists(system_file):  # a link into the /run of before
            os.makedirs(os.path.dirname(system_file), exist_ok=True)
            open(system_file, "w", encoding="ascii").close()
        run("mount", "--bind", self._resolv_conf, system_file)

    def _make_networks(self):
        ip = self._ip
        run(ip, "link", "set", "lo", "up")
        # Closed ports are refused each time: phones that come one after the other share an address.
        with open("/proc/sys/net/ipv4/icmp_ratelimit", "w", encoding="ascii") as file:
            file.write("0")
        run(ip, "netns", "add", "phone")
        run(ip, "link", "add", "servers", "type", "veth", "peer", "name", "eth0", "netns", "phone")
        for address in [DNS, *SERVERS.values()]:
            run(ip, "address", "add", f"{address}/24", "dev", "servers")
        run(ip, "link", "set", "servers", "up")
        run(ip, "-n", "phone", "link", "set", "lo", "up")
        run(ip, "-n", "phone", "address", "add", f"{PHONE}/24", "dev", "eth0")
        run(ip, "-n", "phone", "link", "set", "eth0", "up")
        # Phones take their own address from the interface of the default route.
        run(ip, "-n", "phone", "route", "add", "default", "via", DNS)

    def use_dns(self, *servers):
        """Writes /etc/resolv.conf as every process of the laboratory sees it."""
        with open(self._resolv_conf, "w", encoding="ascii") as file:
            file.writelines(f"nameserver {server}\n" for server in servers)

    def start_on_phone_side(self, name, argv, directory=None, env=None):
        inside = [program("nsenter"), "--net=/run/netns/phone", *argv]
        return self.processes.start(name, inside, directory, env)

    def on_phone_side(self, make):
        """What `make` returns, called in a thread of the phone's network: its sockets stay there."""
        def enter_and_make():
            with open("/run/netns/phone", "rb") as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            return make()

        # The thread ends with its changed network.
        with ThreadPoolExecutor(1) as executor:
            return executor.submit(enter_and_make).result()

    # --- faults of the wire; each returns the moment before it began ------------------------------

    def black_hole(self, *addresses):
        """Packets to and from these addresses vanish."""
        return self._change("add", "dead", addresses)

    def heal(self, *addresses):
        return self._change("delete", "dead", addresses)

    def lose_srv_questions(self, server=DNS):
        """Questions whose name begins with the label _sip vanish; all others are answered."""
        return self._change("add", "deaf", [server])

    def _change(self, verb, group, addresses):
        began = time.monotonic()
        run(self._nft, verb, "element", "ip", "lab", group, "{", ",".join(addresses), "}")
        return began

    def heal_all(self):
        run(self._nft, "flush", "set", "ip", "lab", "dead")
        run(self._nft, "flush", "set", "ip", "lab", "deaf")

    def close(self):
        self.processes.__exit__()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
