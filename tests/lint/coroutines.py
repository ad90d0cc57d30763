"""GCC 12 destroys some temporaries of an expression with co_await twice.

Affected are brace-initialised aggregates and capturing lambdas with members that need a destructor.
The cure is to name the value on the line before and to move it.

This is a text check, so it errs in both directions. It reads from `co_await` to the end of its
expression: a temporary left of `co_await` in the same statement is not seen, nor one hidden in a
macro. It cannot know types: any braced value counts except those of TRIVIAL, so a harmless
aggregate must be named as well. The GCC address sanitizer build is the proof, this is the early word.
"""

import re

from source_tree import Finding, line_of

CO_AWAIT = re.compile(r"\bco_await\b")
# Types whose braced values need no destructor.
TRIVIAL = re.compile(
    r"(?:std::chrono::\w+|\w*seconds|std::string_view|std::byte|\w+_t|bool|char|int|unsigned"
    r"|(?:std|boost::system)::error_code)\s*$"
)
_OPEN = {"(": ")", "[": "]", "{": "}"}


def _closing(code, start):
    """Position of the bracket that closes the one at start, or the end of the text."""
    stack = []
    for position in range(start, len(code)):
        symbol = code[position]
        if symbol in _OPEN:
            stack.append(_OPEN[symbol])
        elif stack and symbol == stack[-1]:
            stack.pop()
            if not stack:
                return position
    return len(code)


def awaited_temporaries(code, start):
    """(position, what) of each suspicious temporary in the expression after a co_await."""
    found = []
    position = start
    while position < len(code):
        symbol = code[position]
        if symbol in ";)]}":  # also ends at the `)` of `if (co_await f()) {`, before the block
            return found
        if symbol in "([{":
            end = _closing(code, position)
            found += _in_brackets(code, position, end)
            position = end
        position += 1
    return found


def _in_brackets(code, start, end):
    found = []
    before = code[:start].rstrip()
    if code[start] == "[" and not re.search(r"[\w\])]$", before):
        captures = code[start + 1:end].strip()
        if captures and not captures.startswith("["):
            found.append((start, "capturing lambda"))
        return found
    if code[start] == "{":
        is_body = re.search(r"(?:\)|\bmutable|\bnoexcept|\]|->\s*[\w:<>,\s*&]+)$", before)
        if is_body:
            return found
        if not TRIVIAL.search(before):
            found.append((start, "braced temporary"))
            return found
    position = start + 1
    while position < end:
        if code[position] in "([{":
            inner = _closing(code, position)
            found += _in_brackets(code, position, inner)
            position = inner
        position += 1
    return found


def check_coroutines(tree):
    found = []
    for path in tree.cxx():
        code = tree.code(path)
        for match in CO_AWAIT.finditer(code):
            for position, what in awaited_temporaries(code, match.end()):
                found.append(Finding(path, line_of(code, position),
                                     f"{what} inside a co_await expression: name it on the line "
                                     "before and std::move it (GCC 12 destroys it twice)"))
    return sorted(set(found))
