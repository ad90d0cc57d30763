"""The outer form of each file: guards, size, characters, work notes, place in the build."""

import posixpath
import re

from source_tree import Finding, line_of

MAX_LINES = 500
# path -> (lines, reason). An entry may only shrink: it is an error when the file got shorter.
LONG_FILES = {}
SIZED_ENDINGS = (".hpp", ".cpp", ".h", ".c", ".py", ".sh", ".cmake", ".proto")


def check_pragma_once(tree):
    return [
        Finding(path, 0, "header without `#pragma once`")
        for path in tree.cxx()
        if path.endswith((".hpp", ".h")) and not re.search(r"^#pragma once$", tree.text(path), re.M)
    ]


def check_using_namespace(tree):
    found = []
    for path in tree.cxx():
        if path.endswith((".hpp", ".h")):
            code = tree.code(path)
            # Test headers may bring in the suffixes of durations: they name nothing else.
            suffixes = r"(?!\s+std::chrono_literals\b)" if path.startswith("tests/") else ""
            for match in re.finditer(r"\busing\s+namespace\b" + suffixes, code):
                found.append(Finding(path, line_of(code, match.start()),
                                     "`using namespace` in a header reaches every includer"))
    return found


def check_file_size(tree, long_files=None):
    long_files = LONG_FILES if long_files is None else long_files
    found = []
    for path in tree.texts():
        if not path.endswith(SIZED_ENDINGS) and path != "dev":
            continue
        count = len(tree.lines(path))
        limit, _ = long_files.get(path, (MAX_LINES, ""))
        if count > limit:
            found.append(Finding(path, 0, f"{count} lines, limit {limit}: split it by idea"))
        elif path in long_files and count < limit:
            advice = "remove the entry" if count <= MAX_LINES else f"lower the entry to {count}"
            found.append(Finding(path, 0, f"shorter than its entry in LONG_FILES: {advice}"))
    return found


def check_characters(tree):
    found = []
    cxx = set(tree.cxx())
    for path in tree.texts():
        # A raw string may quote the tabs of a file format; only C++ text is read without literals.
        for number, line in enumerate((tree.code if path in cxx else tree.text)(path).split("\n"), 1):
            if "\t" in line:
                found.append(Finding(path, number, "tab"))
        for number, line in enumerate(tree.raw(path).split(b"\n"), 1):
            if b"\r" in line:
                found.append(Finding(path, number, "carriage return"))
            if any(byte >= 0x80 for byte in line):
                found.append(Finding(path, number, "not ASCII"))
    return found


WORK_NOTE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")


def check_work_notes(tree):
    found = []
    for path in tree.texts():
        for number, line in enumerate(tree.lines(path), 1):
            match = WORK_NOTE.search(line)
            if match:
                found.append(Finding(path, number, f"{match.group(0)}: finish it or open an issue"))
    return found


_CMAKE_WORD = re.compile(r"[\w./+${}-]+")
_CMAKE_BASES = ("${PROJECT_SOURCE_DIR}", "${CMAKE_SOURCE_DIR}")


def listed_files(tree):
    """Every word of every CMake file, read as a path relative to it or to the repository."""
    listed = set()
    for path in tree.paths("CMakeLists.txt", "*/CMakeLists.txt", "*.cmake"):
        folder = posixpath.dirname(path)
        for line in tree.lines(path):
            for word in _CMAKE_WORD.findall(line.split("#")[0]):
                base = folder
                for variable in _CMAKE_BASES:
                    if word.startswith(variable + "/"):
                        word, base = word[len(variable) + 1:], ""
                for here in ("${CMAKE_CURRENT_SOURCE_DIR}/", "${CMAKE_CURRENT_LIST_DIR}/"):
                    word = word.removeprefix(here)
                listed.add(posixpath.normpath(posixpath.join(base, word)))
    return listed


def check_listed(tree):
    listed = listed_files(tree)
    candidates = [
        p for p in tree.paths("*.cpp", "*.c", "*.proto", "tests/*_test.py")
        if p.split("/")[0] in ("geo", "resolver", "dnsgen", "proxy", "examples", "tests")
    ]
    return [
        Finding(path, 0, "no CMake file lists it: it is neither built nor run")
        for path in candidates
        if path not in listed and not path.startswith(("tests/data/", "tests/consumer/"))
    ]
