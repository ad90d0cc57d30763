#!/usr/bin/env python3
"""What users script against: exit codes, streams, JSON, and published sets.

Usage: cli_test.py SIPHA_DNSGEN TOPOLOGY.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, TOPOLOGY = sys.argv[1], sys.argv[2]


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60)


def read_tree(root):
    """Relative path -> bytes of all files below a directory."""
    tree = {}
    for directory, _, names in os.walk(root):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                tree[os.path.relpath(path, root)] = file.read()
    return tree


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="sipha-dnsgen.")
        self.addCleanup(shutil.rmtree, self.root)
        with open(TOPOLOGY, encoding="utf-8") as file:
            self.text = file.read()
        self.out = os.path.join(self.root, "out")

    def write(self, *changes):
        text = self.text
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        path = os.path.join(self.root, "topology.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def render(self, path, *more):
        return run("render", path, "--out", self.out, *more)

    def test_help_and_version_succeed(self):
        for arguments in (["--help"], ["check", "--help"], ["render", "--help"], ["--version"]):
            result = run(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
        self.assertIn("Exit codes:", run("--help").stdout)
        self.assertRegex(run("--version").stdout, r"^\d+\.\d+\.\d+\n$")

    def test_wrong_usage_is_2(self):
        for arguments in ([], ["check"], ["frobnicate"], ["check", TOPOLOGY, "--what"]):
            result = run(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""), arguments)
            self.assertNotEqual(result.stderr, "")

    def test_unreadable_input_is_2(self):
        result = run("check", os.path.join(self.root, "missing.yaml"))
        self.assertEqual(result.returncode, 2)
        self.assertIn("error[L095]: cannot read: No such file", result.stderr)

    def test_clean_check_is_0_and_quiet_on_standard_error(self):
        result = run("check", TOPOLOGY)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, TOPOLOGY + ": 0 errors, 0 warnings\n")

    def test_errors_are_1_and_nothing_is_written(self):
        path = self.write(("weight: 60", "wieght: 60"))
        for result in (run("check", path), self.render(path)):
            self.assertEqual(result.returncode, 1)
            self.assertRegex(result.stderr, r"topology\.yaml:\d+:\d+: error\[L002\]: unknown key "
                                            r"'wieght'; did you mean 'weight'\?\n")
        self.assertFalse(os.path.exists(self.out))

    def test_warnings_do_not_fail(self):
        path = self.write(("L064", "L048"))
        result = run("check", path)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr.count(": warning[L064]: "), 5)

    def test_unwritable_output_is_3(self):
        blocked = os.path.join(self.root, "file")
        with open(blocked, "w", encoding="utf-8"):
            pass
        result = run("render", TOPOLOGY, "--out", os.path.join(blocked, "out"))
        self.assertEqual(result.returncode, 3)
        self.assertIn("cannot make " + blocked + "/out: Not a directory", result.stderr)

    def test_json_tells_the_same(self):
        broken = json.loads(run("check", self.write(("port: 5060", "port: 99999")), "--json").stdout)
        self.assertEqual((broken["errors"], broken["rendered"]), (2, None))
        self.assertEqual(broken["diagnostics"][0]["rule"], "L010")
        self.assertEqual(broken["diagnostics"][0]["level"], "error")
        done = json.loads(self.render(TOPOLOGY, "--json").stdout)
        self.assertEqual(done["rendered"]["serial"], 1)
        self.assertEqual(done["rendered"]["set"], self.out + "/sets/000001")
        self.assertTrue(done["rendered"]["changed"])
        for name in done["rendered"]["files"]:
            self.assertTrue(os.path.isfile(os.path.join(self.out, "current", name)), name)

    def test_render_again_touches_nothing(self):
        self.assertIn("wrote " + self.out + "/sets/000001 serial 1\n", self.render(TOPOLOGY).stdout)
        before = self.link_made()
        self.assertIn("unchanged ", self.render(TOPOLOGY).stdout)
        self.assertEqual(self.link_made(), before)

    def link_made(self):
        """Which link "current" is and when it was made; reading it moves its access time only."""
        link = os.lstat(os.path.join(self.out, "current"))
        return link.st_ino, link.st_mtime_ns, link.st_ctime_ns

    def test_same_input_gives_the_same_bytes_anywhere(self):
        other = os.path.join(self.root, "other")
        self.render(TOPOLOGY)
        run("render", self.write(), "--out", other)
        self.assertEqual(read_tree(self.out), read_tree(other))
        for path, content in read_tree(self.out).items():
            self.assertNotIn(self.root.encode(), content, path)

    def test_serial_moves_with_the_content_and_not_with_comments(self):
        self.render(TOPOLOGY)
        self.assertIn("unchanged ", self.render(self.write(("# Everybody else.", "# The rest."))).stdout)
        self.assertIn(" serial 2\n", self.render(self.write(("weight: 60", "weight: 61"))).stdout)
        self.assertIn(" serial 3\n", self.render(TOPOLOGY).stdout)

    def test_fixed_serial_must_move_forward(self):
        def fixed(value, *changes):
            return self.render(self.write(
                ("{policy: increment}", "{policy: fixed, value: %d}" % value), *changes))

        self.assertEqual(fixed(10).returncode, 0)
        self.assertEqual(fixed(10).returncode, 0)
        for value in (10, 9):
            result = fixed(value, ("weight: 60", "weight: 61"))
            self.assertEqual(result.returncode, 1)
            self.assertIn("error[L072]", result.stderr)
        self.assertEqual(fixed(11, ("weight: 60", "weight: 61")).returncode, 0)

    def test_damaged_manifest_is_not_guessed_around(self):
        self.render(TOPOLOGY)
        with open(os.path.join(self.out, "current/manifest"), "w", encoding="utf-8") as file:
            file.write("nonsense\n")
        result = self.render(TOPOLOGY)
        self.assertEqual(result.returncode, 3)
        self.assertIn("manifest", result.stderr)

    def test_output_that_cannot_be_printed_is_3(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([PROGRAM, "check", TOPOLOGY], stdout=full,
                                    stderr=subprocess.DEVNULL, timeout=60, check=False)
        self.assertEqual(result.returncode, 3)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
