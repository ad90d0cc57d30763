"""Links and paths in the documents lead somewhere."""

import posixpath
import re

from source_tree import Finding

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TICKS = re.compile(r"`([^`\s]+)`")
# A name in backticks is taken for a path when it begins with one of our folders.
PATH = re.compile(
    r"(?:geo|resolver|dnsgen|proxy|examples|tests|docs|cmake|packaging|\.ci)/[\w./-]*\w"
    r"|(?:README|CONTRIBUTING|CHANGELOG)\.md|CMakePresets\.json|CMakeLists\.txt|LICENSE"
)


def check_documents(tree):
    found = []
    for path in tree.paths("docs/*.md", "*.md"):
        if path.startswith("tests/data/"):
            continue
        is_fenced = False
        for number, line in enumerate(tree.lines(path), 1):
            if line.lstrip().startswith("```"):
                is_fenced = not is_fenced
            if is_fenced:
                continue
            for target in LINK.findall(line):
                if re.match(r"[a-z]+:|#", target):
                    continue
                target = target.split("#")[0]
                full = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
                if full != "." and not tree.exists(full):
                    found.append(Finding(path, number, f"link to {target}: no such file"))
            for word in TICKS.findall(line):
                name = re.sub(r":\d+(?::\d+)?$", "", word).rstrip("/")
                if PATH.fullmatch(name) and not _names_something(tree, name):
                    found.append(Finding(path, number, f"`{word}`: no such file or folder"))
    return found


def _names_something(tree, name):
    """A file, a folder, or a header and source pair named without its ending."""
    return tree.exists(name) or tree.exists(name + ".hpp") or tree.exists(name + ".cpp")
