#!/usr/bin/env python3
"""The systemd unit, the example configuration and the install rules of packaging/.

Usage: packaging_test.py --build DIR
"""

import argparse
import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MOST_EXPOSURE = 3.0  # of systemd-analyze security, where 10 is a service without any sandbox


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)


class Packaging(unittest.TestCase):
    build = None

    @property
    def unit(self):
        return os.path.join(self.build, "packaging", "sipha-proxy.service")

    def settings(self):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.optionxform = str
        parser.read(self.unit, encoding="ascii")
        return parser["Service"]

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_unit_is_sandboxed(self):
        done = run("systemd-analyze", "security", "--offline=yes", self.unit)
        found = re.search(r"exposure level for sipha-proxy.service: ([0-9.]+)", done.stdout)
        self.assertIsNotNone(found, done.stdout + done.stderr)
        self.assertLessEqual(float(found.group(1)), MOST_EXPOSURE)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_unit_has_no_unknown_setting(self):
        with tempfile.TemporaryDirectory() as directory:
            copy = os.path.join(directory, "sipha-proxy.service")
            with open(self.unit, encoding="ascii") as unit, open(copy, "w", encoding="ascii") as out:
                # The programs are not installed here, and systemd asks for their files.
                out.write(re.sub(r"(?m)^(Exec\w+)=\S+", r"\1=/bin/true", unit.read()))
            done = run("systemd-analyze", "verify", "--man=no", copy)
            complaints = [line for line in done.stderr.splitlines() if "sipha-proxy.service" in line]
            self.assertEqual(complaints, [])

    def test_unit_and_configuration_name_the_same_places(self):
        unit = self.settings()
        with open(os.path.join(REPOSITORY, "packaging", "proxy.yaml"), encoding="ascii") as config:
            text = config.read()
        socket = re.search(r"socket: (\S+)", text).group(1)
        self.assertIn(f"--socket {socket} reload", unit["ExecReload"])
        self.assertEqual(os.path.dirname(socket), "/run/" + unit["RuntimeDirectory"])
        grace = int(re.search(r"stop_grace: (\d+)s", text).group(1))
        self.assertGreater(int(unit["TimeoutStopSec"].rstrip("s")), grace)
        self.assertEqual(unit["Type"], "notify")
        self.assertEqual(unit["LimitCORE"], "0", "a core holds keys")

    def test_example_configuration_is_right(self):
        proxy = os.path.join(self.build, "proxy", "sipha-proxy")
        config = os.path.join(REPOSITORY, "packaging", "proxy.yaml")
        done = run(proxy, "--config", config, "--check")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_files_are_installed_below_the_prefix(self):
        with tempfile.TemporaryDirectory() as prefix:
            script = os.path.join(self.build, "packaging", "cmake_install.cmake")
            done = run("cmake", f"-DCMAKE_INSTALL_PREFIX={prefix}", "-P", script)
            self.assertEqual(done.returncode, 0, done.stderr)
            installed = {
                os.path.relpath(os.path.join(folder, name), prefix)
                for folder, _, names in os.walk(prefix)
                for name in names
            }
        self.assertEqual(
            installed,
            {
                "lib/systemd/system/sipha-proxy.service",
                "lib/sysusers.d/sipha.conf",
                "etc/logrotate.d/sipha-proxy",
                "share/doc/sipha/examples/proxy.yaml",
            },
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    arguments, rest = parser.parse_known_args()
    Packaging.build = os.path.abspath(arguments.build)
    unittest.main(argv=[sys.argv[0], *rest])
