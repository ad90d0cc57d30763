"""Which folder may include which: the arrows between the parts, as data."""

from source_tree import Finding, matches

# Folder -> folders it may include besides itself. The longest matching folder decides.
# "*" means every folder except tests and examples.
LAYERS = {
    "geo": [],
    "geo/yaml": ["geo"],
    "resolver": [],
    "dnsgen": ["geo", "geo/yaml"],
    "proxy/timing": [],
    "proxy/memory": [],
    "proxy/crypto": [],
    "proxy/sip": ["geo"],
    "proxy/auth": ["proxy/sip", "proxy/crypto", "geo"],
    "proxy/guard": ["proxy/sip", "proxy/timing", "proxy/crypto", "geo"],
    "proxy/txn": ["proxy/sip", "proxy/timing", "proxy/crypto", "proxy/memory"],
    "proxy/cluster": ["proxy/timing", "proxy/crypto"],
    "proxy/state": ["proxy/cluster", "proxy/sip", "proxy/timing", "proxy/memory", "geo"],
    "proxy/route": [
        "proxy/auth/credentials", "proxy/txn", "proxy/state", "proxy/sip", "proxy/cluster/node_id", "proxy/crypto",
        "proxy/timing", "proxy/memory", "geo",
    ],
    "proxy/ha": ["proxy/route", "proxy/state", "proxy/sip", "proxy/cluster", "proxy/timing"],
    "proxy/node": [
        "proxy/auth", "proxy/guard", "proxy/ha", "proxy/route", "proxy/state", "proxy/cluster",
        "proxy/txn", "proxy/sip",
        "proxy/crypto", "proxy/timing", "proxy/memory", "geo",
    ],
    "proxy/log": [
        "proxy/node/machine", "proxy/node/input", "proxy/node/effects", "proxy/sip",
        "proxy/cluster", "proxy/timing", "geo",
    ],
    "proxy/shell": [
        "proxy/node/machine", "proxy/node/input", "proxy/node/effects", "proxy/sip",
        "proxy/cluster", "proxy/timing", "proxy/log", "geo",
    ],
    "proxy/shell/locator": [  # the one bridge from the machine's lookups to the resolver
        "resolver", "proxy/shell", "proxy/node/machine", "proxy/node/input", "proxy/node/effects",
        "proxy/sip", "proxy/timing", "geo",
    ],
    "proxy/config": [
        "proxy/node", "proxy/auth", "proxy/guard", "proxy/sip", "proxy/cluster/node_id", "geo",
        "geo/yaml",
    ],
    "proxy/admin": [
        "proxy/node", "proxy/auth", "proxy/guard", "proxy/ha", "proxy/state", "proxy/cluster",
        "proxy/sip", "proxy/timing", "proxy/log/escape", "proxy/log/utf8", "geo",
    ],
    "proxy/daemon": ["*"],
    "proxy/arguments": [],
    "proxy/main": ["*"],
    "proxy/ctl": ["*"],
    "examples/resolver": ["resolver"],
    "examples": [],
    "tests": ["*", "examples", "tests"],
}

# Libraries that stay behind one door: (include prefixes, where they are allowed).
LIBRARIES = [
    (("boost/asio", "boost/beast"), (
        "proxy/shell/*", "proxy/main*", "proxy/ctl*", "proxy/daemon/*",
        "resolver/include/sipha/resolver/asio.hpp", "tests/*", "examples/*",
    )),
    (("boost/",), (  # what is installed must not ask its users for Boost
        "proxy/*", "dnsgen/*", "geo/src/*", "geo/yaml/*", "resolver/cli/*",
        "resolver/include/sipha/resolver/asio.hpp", "tests/*", "examples/*",
    )),
    (("ldns/", "ares.h", "ares_"), (
        "resolver/src/dns_message.*", "resolver/src/cares_*", "resolver/src/engine.*",
        "resolver/stub/wire.*",
        "dnsgen/render/*", "tests/*",
    )),
    (("yaml-cpp/",), ("geo/yaml/*", "tests/*")),
    (("spdlog/",), ("proxy/log/*", "tests/*")),
    (("prometheus/",), ("proxy/admin/metrics.cpp", "tests/*")),
]

ROOTS = ("geo", "resolver", "dnsgen", "proxy", "examples", "tests")


def folder_of(path):
    """The entry of LAYERS that governs a file, or None."""
    best = None
    for folder in LAYERS:
        governs = path.startswith((folder + "/", folder + ".", folder + "_"))
        if governs and (best is None or len(folder) > len(best)):
            best = folder
    return best


def included_path(tree, name, is_quoted):
    """(repository path, exists) of an include of ours; (None, True) for a foreign one."""
    if not is_quoted and not name.startswith("sipha/"):
        return None, True
    if name.startswith("sipha/"):
        part = name.split("/")[1]
        if part.endswith((".h", ".hpp")):
            part = part.rsplit(".", 1)[0]
        path = f"{part}/include/{name}"
        return path, tree.exists(path)
    if name.endswith(".pb.h"):
        return name, tree.exists(name[: -len(".pb.h")] + ".proto")
    return name, tree.exists(name)


def may_include(path, target):
    own, other = folder_of(path), folder_of(target)
    if own is None or other is None:
        return False
    if own == other:
        return True
    allowed = LAYERS[own]
    if "*" in allowed and not target.startswith(("tests/", "examples/")):
        return True
    # An entry that is longer than a folder names single files: proxy/node/machine.
    return any(
        other == entry or (entry not in LAYERS and target.startswith((entry + ".", entry + "_")))
        for entry in allowed
    )


def check_layers(tree):
    found = []
    for path in tree.cxx():
        if not path.startswith(tuple(root + "/" for root in ROOTS)):
            continue
        if folder_of(path) is None:
            found.append(Finding(path, 0, "folder has no entry in LAYERS of tests/lint/layers.py"))
            continue
        for line, name, is_quoted in tree.includes(path):
            target, exists = included_path(tree, name, is_quoted)
            if target is None:
                continue
            if not exists:
                found.append(Finding(path, line, f'"{name}" names no file from the repository root'))
            elif not may_include(path, target):
                found.append(Finding(path, line, f"{folder_of(path)} must not include {name}"))
    return found


def check_libraries(tree):
    found = []
    for path in tree.cxx():
        for line, name, _ in tree.includes(path):
            for prefixes, allowed in LIBRARIES:
                if name.startswith(prefixes) and not matches(path, allowed):
                    found.append(Finding(path, line, f"<{name}> is allowed only in {', '.join(allowed)}"))
                    break
    return found
