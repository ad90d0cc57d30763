#!/usr/bin/python3
"""Runs the tests of the numbered cases and prints one row for each: number, case, verdict.

usage: table.py [--build DIRECTORY] [--verbose]

A case passes when it has at least one test ProxyCases.Case<number>_* and all of them pass. A case
with a deviation in cases.tsv is printed with its reason. Exit code 0 when every case has passing
tests, 1 when one fails or has none, 3 when nothing could be run.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]


def read_cases(path):
    """{number: (case, demand, rule, deviation)} in the order of the file."""
    cases = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        number, case, demand, rule, deviation = (line + "\t").split("\t")[:5]
        if int(number) in cases:
            sys.exit(f"{path}: case {number} stands there twice")
        cases[int(number)] = (case, demand, rule, deviation)
    return cases


def programs(build):
    """The test programs whose name ends in cases_test, as ctest knows them."""
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1", "-R", "cases_test$"],
                           capture_output=True, text=True, check=True)
    return [test["command"] for test in json.loads(shown.stdout)["tests"] if "command" in test]


def run(command):
    """[(number, test, passed)] of one program."""
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch) / "report.json"
        done = subprocess.run(command + ["--gtest_filter=*ProxyCases*", f"--gtest_output=json:{report}"],
                              capture_output=True, text=True, check=False)
        if not report.exists():
            sys.exit(f"{command[0]} wrote no report; its end: {done.stdout[-500:]}{done.stderr[-500:]}")
        suites = json.loads(report.read_text(encoding="utf-8"))["testsuites"]
    found = []
    for suite in suites:
        for test in suite["testsuite"]:
            number = re.search(r"Case(\d+)_", test["name"])
            if number and test["result"] != "SUPPRESSED":
                passed = test["result"] == "COMPLETED" and "failures" not in test
                found.append((int(number[1]), test["name"], passed))
    return found


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--build", default=str(ROOT / "build" / "release"))
    options.add_argument("--verbose", action="store_true", help="name the tests of each case")
    chosen = options.parse_args()
    cases = read_cases(FOLDER / "cases.tsv")
    commands = programs(chosen.build)
    if not commands:
        print(f"no test program ends in cases_test below {chosen.build}", file=sys.stderr)
        return 3
    tests = {number: [] for number in cases}
    for command in commands:
        for number, name, passed in run(command):
            if number not in cases:
                sys.exit(f"{name} tests a case that cases.tsv does not have")
            tests[number].append((name, passed))
    counts = {"pass": 0, "deviation": 0, "FAIL": 0, "no test": 0}
    for number, (case, demand, rule, deviation) in cases.items():
        if not tests[number]:
            verdict = "no test"
        elif not all(passed for _, passed in tests[number]):
            verdict = "FAIL"
        else:
            verdict = "deviation" if deviation else "pass"
        counts[verdict] += 1
        print(f"{number:3}  {verdict:9}  {len(tests[number]):2} tests  {case}: {demand} ({rule})")
        if deviation:
            print(f"     {deviation}")
        for name, passed in tests[number]:
            if chosen.verbose or not passed:
                print(f"     {'ok  ' if passed else 'FAIL'} {name}")
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 1 if counts["FAIL"] or counts["no test"] else 0


if __name__ == "__main__":
    sys.exit(main())
