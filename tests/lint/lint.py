#!/usr/bin/python3
"""Checks the tree against the project's rules; CONTRIBUTING.md tells them in prose.

usage: lint.py [--root DIR] [--list] [RULE]...

Prints one line per violation, `path:line: rule: text`, then one line per rule and a count.
Exit codes: 0 clean, 1 violations, 2 wrong usage.
"""

import argparse
import importlib.util
import os
import sys

import coroutines
import documents
import layers
import purity
import shape
from source_tree import Tree

RULES = {
    "layers": layers.check_layers,
    "libraries": layers.check_libraries,
    "purity": purity.check_purity,
    "sleeps": purity.check_sleeps,
    "pragma_once": shape.check_pragma_once,
    "using_namespace": shape.check_using_namespace,
    "file_size": shape.check_file_size,
    "characters": shape.check_characters,
    "work_notes": shape.check_work_notes,
    "listed": shape.check_listed,
    "documents": documents.check_documents,
    "coroutines": coroutines.check_coroutines,
}

HERE = os.path.dirname(os.path.abspath(__file__))


def rules():
    """RULES, and config_keys when the file beside this one brings `check(tree) -> [Finding]`."""
    found = dict(RULES)
    extra = os.path.join(HERE, "config_keys.py")
    if os.path.exists(extra):
        spec = importlib.util.spec_from_file_location("config_keys", extra)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found["config_keys"] = module.check
    return found


def main(arguments):
    known = rules()
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(HERE)))
    parser.add_argument("--list", action="store_true", help="name the rules and stop")
    parser.add_argument("rule", nargs="*", help="run only these rules")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(known))
        return 0
    unknown = [name for name in options.rule if name not in known]
    if unknown:
        parser.error(f"no rule {', '.join(unknown)}; the rules are {', '.join(known)}")

    tree = Tree.from_folder(options.root)
    passed = failed = 0
    for name in options.rule or known:
        findings = known[name](tree)
        for finding in findings:
            print(f"{finding.path}:{finding.line}: {name}: {finding.text}")
        print(f"{'FAIL' if findings else 'ok  '} {name}" + (f" ({len(findings)})" if findings else ""))
        failed += bool(findings)
        passed += not findings
    print(f"lint: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1:]))
