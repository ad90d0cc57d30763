"""The programs of the two-sites example as the demonstration runs them: DNS, edges, phones, carrier."""

import json
import os
import re
import secrets
import shutil
import subprocess

from processes import wait_until

DOMAIN = "two-sites.example"
DNS = "127.0.0.53:5300"
EDGES = {"ams1": "127.0.11.1", "ams2": "127.0.11.2", "nyc1": "127.0.12.1"}
NODE_IDS = {"ams1": 1, "ams2": 2, "nyc1": 3}
EU_CLIENT, NA_CLIENT = "127.0.0.1", "127.1.0.1"
CARRIER = "127.0.100.2"


class World:
    def __init__(self, repository, build, directory, processes):
        self.example = os.path.join(repository, "examples", "two-sites")
        self.scenarios = os.path.join(repository, "tests", "e2e", "sipp")
        self.build = build
        self.directory = directory
        self.processes = processes
        self.edges = {}
        self.calls = 0

    def program(self, name):
        folders = {
            "sipha-proxy": "proxy",
            "sipha-ctl": "proxy",
            "sipha-dnsgen": "dnsgen",
            "sipha-locate": "resolver",
            "sipha-softphone": "examples/resolver",
        }
        return os.path.join(self.build, folders[name], name)

    def run(self, argv, limit_s=20):
        return subprocess.run(
            argv, cwd=self.directory, capture_output=True, text=True, timeout=limit_s, check=False
        )

    # --- DNS ------------------------------------------------------------------------------------

    def render_zones(self):
        topology = os.path.join(self.example, "topology.yaml")
        done = self.run([self.program("sipha-dnsgen"), "render", topology, "--out", "dns"])
        zones = os.path.join(self.directory, "dns", "current", "zones")
        return done, sorted(os.listdir(zones)) if os.path.isdir(zones) else []

    def start_dns(self):
        directory = os.path.join(self.directory, "dns")
        knotd = shutil.which("knotd") or "/usr/sbin/knotd"
        knot = self.processes.start("knot", [knotd, "-c", "current/knot/knot.conf"], directory)

        def answers():
            # Another server at the same address would answer too.
            if not knot.is_running():
                raise OSError(f"knotd ended, is {DNS} taken? {knot.output().strip()[-200:]}")
            return self.locate(EU_CLIENT)

        wait_until(answers, 10, "Knot answers")

    def locate(self, source, seed=None):
        """The edges a client at `source` tries, in order, as transport:address:port."""
        argv = [self.program("sipha-locate"), f"sip:{DOMAIN}", "--server", DNS, "--source", source]
        argv += ["--transports", "udp,tcp", "--json"] + (["--seed", str(seed)] if seed else [])
        done = self.run(argv)
        if done.returncode != 0:
            return []
        return [
            f"{c['transport']}:{c['address']}:{c['port']}"
            for c in json.loads(done.stdout)["candidates"]
        ]

    def first_edge(self, source, seed):
        return edge_at(self.locate(source, seed)[0])

    def seed_for(self, edge):
        """A seed of the weighted draw that puts `edge` first."""
        return next(seed for seed in range(1, 200) if self.first_edge(EU_CLIENT, seed) == edge)

    # --- edges ----------------------------------------------------------------------------------

    def start_edges(self):
        directory = os.path.join(self.directory, "edges")
        shutil.copytree(os.path.join(self.example, "edges"), directory)
        secret = os.open(os.path.join(directory, "cluster.secret"), os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(secret, secrets.token_hex(32).encode())
        os.close(secret)
        for name in EDGES:
            self.start_edge(name)

    def start_edge(self, name):
        directory = os.path.join(self.directory, "edges")
        argv = [self.program("sipha-proxy"), "--config", f"{name}.yaml"]
        self.edges[name] = self.processes.start(name, argv, directory)

    def ask(self, edge, *command):
        socket = os.path.join("edges", f"{edge}.sock")
        done = self.run([self.program("sipha-ctl"), "--socket", socket, "--json", *command])
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def node_states(self, edge):
        return {node["id"]: node for node in self.ask(edge, "nodes").get("nodes", [])}

    def is_ready(self, edge, peers_alive):
        nodes = self.node_states(edge).values()
        own = [node for node in nodes if node["state"] == "self" and node["ready"]]
        return bool(own) and sum(node["state"] == "alive" for node in nodes) == peers_alive

    def contact(self, edge, user):
        """The registration of `user` as `edge` knows it, or None."""
        contacts = self.ask(edge, "contacts", f"sip:{user}@{DOMAIN}").get("contacts", [])
        return contacts[0] if contacts else None

    def holder(self, user, edge):
        """The name of the edge that accepted the registration of `user`, as `edge` knows it."""
        contact = self.contact(edge, user)
        return next((n for n, i in NODE_IDS.items() if contact and i == contact["accepted_by"]), None)

    # --- phones ---------------------------------------------------------------------------------

    def start_softphone(self, user, seed):
        argv = [self.program("sipha-softphone"), "--aor", f"sip:{user}@{DOMAIN}"]
        argv += ["--listen", EU_CLIENT, "--server", DNS, "--seed", str(seed)]
        return self.processes.start("softphone", argv)

    def start_baresip(self, user):
        directory = os.path.join(self.directory, "baresip")
        os.makedirs(directory)
        with open(os.path.join(directory, "config"), "w", encoding="ascii") as config:
            config.write(
                f"sip_listen {EU_CLIENT}:5099\n"
                f"dns_server {DNS}\n"
                "module_path /usr/lib/baresip/modules\n"
                "module g711.so\nmodule aubridge.so\n"
                "module_app account.so\nmodule_app menu.so\n"
                "audio_player aubridge,nil\naudio_source aubridge,nil\naudio_alert aubridge,nil\n"
            )
        with open(os.path.join(directory, "accounts"), "w", encoding="ascii") as accounts:
            accounts.write(
                f"<sip:{user}@{DOMAIN}>;regint=60;answermode=auto;auth_pass=unused\n"
            )
        return self.processes.start("baresip", ["baresip", "-f", directory])

    # --- carrier --------------------------------------------------------------------------------

    def call(self, edge, user):
        """One call from the carrier through `edge`: INVITE to BYE. Returns None or what went wrong."""
        self.calls += 1
        argv = ["sipp", f"{EDGES[edge]}:5060", "-sf", os.path.join(self.scenarios, "carrier_call.xml")]
        argv += ["-s", user, "-key", "domain", DOMAIN, "-i", CARRIER, "-p", str(5100 + self.calls)]
        argv += ["-m", "1", "-nostdin", "-timeout", "10s", "-timeout_error"]
        argv += ["-trace_err", "-error_file", f"carrier_call_{self.calls}.err"]
        done = self.run(argv)
        if done.returncode == 0:
            return None
        return f"sipp ended with {done.returncode}, see carrier_call_{self.calls}.err"


def edge_at(candidate):
    """The name of the edge in transport:address:port."""
    address = re.sub(r"^[a-z]+:|:\d+$", "", candidate)
    return next((name for name, ip in EDGES.items() if ip == address), None)
