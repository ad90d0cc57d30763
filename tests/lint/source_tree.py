"""The repository as the lint rules see it: paths, texts, and C++ text without comments."""

import os
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

CXX_ENDINGS = (".hpp", ".cpp", ".h", ".c")
TEXT_ENDINGS = CXX_ENDINGS + (
    ".py", ".sh", ".cmake", ".txt", ".json", ".yaml", ".yml", ".md", ".proto", ".conf", ".service",
)
TEXT_NAMES = ("dev", ".ci/run", ".clang-format", ".gitignore", "LICENSE")
# Bytes kept as they were captured or generated: messages, corpora, golden files.
DATA_FOLDERS = ("tests/data/", "tests/fuzz/corpus/")


@dataclass(frozen=True, order=True)
class Finding:
    """One violation. `line` counts from 1; 0 means the file as a whole."""

    path: str
    line: int
    text: str


class Tree:
    """A set of files by repository path; made from a folder or, in tests, from a dict."""

    def __init__(self, files):
        self._files = dict(files)
        self._stripped = {}

    @classmethod
    def from_folder(cls, root):
        files = {}
        for folder, names, leaves in os.walk(root):
            inside = os.path.relpath(folder, root)
            names[:] = sorted(n for n in names if not _is_foreign(inside, n))
            for leaf in leaves:
                path = os.path.normpath(os.path.join(inside, leaf)).replace(os.sep, "/")
                full = os.path.join(folder, leaf)
                if path != ".git" and os.path.isfile(full):
                    with open(full, "rb") as stream:
                        files[path] = stream.read()
        return cls(files)

    def paths(self, *patterns):
        """Sorted paths that match one of the patterns (`*` also crosses folders)."""
        return [p for p in sorted(self._files) if matches(p, patterns)]

    def texts(self):
        """Paths of the text files people write, without captured data."""
        return [
            p for p in sorted(self._files)
            if (p.endswith(TEXT_ENDINGS) or p in TEXT_NAMES) and not p.startswith(DATA_FOLDERS)
        ]

    def cxx(self):
        return [p for p in self.texts() if p.endswith(CXX_ENDINGS)]

    def exists(self, path):
        """True for a file and for a folder that holds one."""
        path = path.rstrip("/")
        return path in self._files or any(p.startswith(path + "/") for p in self._files)

    def raw(self, path):
        return self._files[path]

    def text(self, path):
        return self._files[path].decode("utf-8", errors="replace")

    def lines(self, path):
        return self.text(path).splitlines()

    def code(self, path):
        """C++ text with comments and literals blanked; positions and line numbers are kept."""
        if path not in self._stripped:
            self._stripped[path] = strip_cxx(self.text(path))
        return self._stripped[path]

    def includes(self, path):
        """(line number, name, is_quoted) of each #include."""
        found = []
        for number, line in enumerate(self.lines(path), 1):
            match = INCLUDE.match(line)
            if match:
                found.append((number, match.group(2), match.group(1) == '"'))
        return found


INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def matches(path, patterns):
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def _is_foreign(inside, name):
    if name == "__pycache__" or (name.startswith(".") and name != ".ci"):
        return True
    return inside == "." and name.startswith("build")


_TOKEN = re.compile(
    r"""//(?:[^\n\\]|\\.|\\\n)*          # line comment, also continued by a backslash
      | /\*.*?\*/                        # block comment
      | R"([^()\\\s]{0,16})\(.*?\)\1"    # raw string
      | "(?:[^"\\\n]|\\.)*"              # string
      | (?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'   # character, but not the separator in 1'000
    """,
    re.VERBOSE | re.DOTALL,
)


def strip_cxx(text):
    """Blanks comments and the inside of literals with spaces; newlines stay."""

    def blank(match):
        found = match.group(0)
        keep = 0 if found.startswith("/") else 1
        inner = re.sub(r"[^\n]", " ", found[keep:len(found) - keep])
        return found[:keep] + inner + found[len(found) - keep:]

    return _TOKEN.sub(blank, text)
