"""Decision code reads no clock, draws no randomness, opens nothing and waits for nobody."""

import re

from source_tree import Finding, line_of, matches

PURE = (
    "geo/*", "resolver/include/*", "resolver/src/*", "resolver/stub/answers.*",
    "resolver/stub/domain_view.*", "resolver/stub/synthetic_name.*", "resolver/stub/wire.*",
    "dnsgen/plan/*", "dnsgen/check/*", "dnsgen/model/*", "proxy/timing/*", "proxy/memory/*",
    "proxy/crypto/*", "proxy/sip/*", "proxy/txn/*", "proxy/cluster/*", "proxy/state/*",
    "proxy/auth/*", "proxy/guard/*", "proxy/route/*", "proxy/ha/*", "proxy/node/*",
)
# Shells inside those folders, with the reason; a new file is pure until it is named here.
SHELLS = {
    "geo/yaml/document.cpp": "reads the file the operator named",
    "resolver/include/sipha/resolver/asio.hpp": "adapter that drives the engine from an io_context",
    "resolver/src/capi_core.*": "lock, descriptors and thread of the C API",
    "resolver/src/cares_transport.*": "moves DNS messages over sockets",
    "resolver/src/local_addresses.cpp": "asks the system for its interfaces and routes",
    "resolver/src/net_probe.*": "one probe on a socket of its own",
    "resolver/src/net_prober.*": "joins the probes with epoll and draws the seed of their names",
    "resolver/src/poll_set.*": "joins the descriptors of the ports with epoll",
    "resolver/src/secure_random.*": "draws from the kernel's generator, injected into the client",
    "resolver/src/system_servers.*": "reads the system's list of DNS servers",
    "resolver/src/engine.*": "reads the clock for the pure plan and owns the transport",
}

FORBIDDEN = [
    (r"::now\s*\(", "reads a clock; take `now` as an argument"),
    (r"(?<![\w.>])(?:std::|::)?(?:time|clock_gettime|gettimeofday|localtime(?:_r)?)\s*\(\s*"
     r"(?:nullptr|NULL|0|&|CLOCK_)", "reads a clock; take `now` as an argument"),
    (r"\b(?:sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(", "waits; return a deadline instead"),
    (r"(?<![\w.>])(?:std::|::)?s?rand\s*\(|\brandom_device\b",
     "draws randomness; take the generator as an argument"),
    (r"\bstd::(?:jthread|thread|mutex|shared_mutex|recursive_mutex|condition_variable|atomic\w*"
     r"|async|future|promise)\b", "belongs to threads; pure code runs on its caller's"),
    (r"\b(?:fopen|fdopen|std::[io]?fstream)\b|(?<![\w>)])::open\s*\(",
     "opens a file; shells read, pure code gets the text"),
    (r"(?<![\w>)])::(?:socket|bind|connect|accept|listen|send|sendto|sendmsg|sendmmsg|recv"
     r"|recvfrom|recvmsg|recvmmsg|poll|select|epoll_\w+|getaddrinfo)\s*\(|\bsocket\s*\(",
     "uses a socket; return an effect instead"),
    (r"\bstd::regex\b|\bstd::c?(?:out|err|log|in)\b(?!\s*=)", "has no place in a data path"),
    (r"#\s*include\s*<(?:iostream|regex|thread|mutex|shared_mutex|atomic|condition_variable|future"
     r"|fstream|sys/socket\.h|netdb\.h|poll\.h|sys/epoll\.h)>", "header of a shell"),
]
FORBIDDEN = [(re.compile(pattern), why) for pattern, why in FORBIDDEN]

NO_STD_FUNCTION = ("proxy/sip/*", "proxy/txn/*", "proxy/route/*")
STD_FUNCTION = re.compile(r"\bstd::function\b")


def check_purity(tree):
    found = []
    for path in tree.cxx():
        if not matches(path, PURE) or matches(path, SHELLS):
            continue
        code = tree.code(path)
        for pattern, why in FORBIDDEN:
            for match in pattern.finditer(code):
                what = match.group(0).strip()
                found.append(Finding(path, line_of(code, match.start()), f"`{what}` {why}"))
        if matches(path, NO_STD_FUNCTION):
            for match in STD_FUNCTION.finditer(code):
                found.append(Finding(path, line_of(code, match.start()),
                                     "`std::function` allocates per message; use a template or port"))
    return found


# Polling with a deadline is the one honest use of a short sleep: outside programs cannot be awaited.
# (path, function) -> reason. The function's name says what it waits for.
POLLING = {
    ("tests/e2e/processes.py", "wait_until"):
        "the log line of a child process has no event to wait for; bounded by limit_s",
    ("tests/load/instructions.py", "wait_started"):
        "the log line of a child process has no event to wait for; bounded by START_LIMIT_S",
    ("tests/load/rates.py", "wait_started"):
        "a port that a foreign process binds has no event to wait for; bounded by START_LIMIT_S",
    ("tests/load/instructions.py", "linger"):
        "the transactions of a measured process end by themselves, in silence",
}
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\s*\(|\btime\.sleep\s*\("
                   r"|\basyncio\.sleep\s*\(\s*(?!0\s*\))")
SHELL_SLEEP = re.compile(r"(?:^|[;&|(]|\bdo\b|\bthen\b)\s*sleep\s+[\d$\"]")
FUNCTION = re.compile(r"^\s*(?:async\s+)?def\s+(\w+)|^[\w:<>,&*\s]*?\b(\w+)\s*\([^;]*\)[\w\s]*\{\s*$")


def enclosing_function(lines, index):
    """Name of the last function begun at or before a line (a text heuristic)."""
    for line in reversed(lines[: index + 1]):
        match = FUNCTION.match(line)
        if match and (match.group(1) or match.group(2)) not in ("if", "for", "while", "switch"):
            return match.group(1) or match.group(2)
    return ""


def check_sleeps(tree):
    found = []
    used = set()
    for path in tree.texts():
        is_cxx = path.endswith((".hpp", ".cpp", ".h", ".c"))
        is_script = path.endswith(".sh") or path in ("dev", ".ci/run")
        if not (is_cxx or is_script or path.endswith(".py")) or path.startswith("tests/lint/"):
            continue
        lines = (tree.code(path) if is_cxx else tree.text(path)).splitlines()
        for index, line in enumerate(lines):
            pattern = SHELL_SLEEP if is_script else SLEEP
            if line.lstrip().startswith("#") or not pattern.search(line):
                continue
            key = (path, enclosing_function(lines, index))
            used.add(key)
            if key not in POLLING:
                found.append(Finding(path, index + 1,
                                     "sleep; wait for the event, or list the polling helper "
                                     "in POLLING of tests/lint/purity.py"))
    for path, function in sorted(set(POLLING) - used):
        found.append(Finding("tests/lint/purity.py", 0, f"POLLING names {path} {function}: no sleep there"))
    return found
