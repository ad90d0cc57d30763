#!/usr/bin/python3
"""Each lint rule trips on what it forbids and passes the nearest thing that is allowed."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import coroutines
import documents
import layers
import lint
import purity
import shape
from source_tree import Tree, strip_cxx




def of(files):
    return Tree({path: text.encode() for path, text in files.items()})


class RuleTest(unittest.TestCase):
    def trips(self, rule, files, path, line):
        """The rule reports exactly one violation, at that place."""
        found = rule(of(files))
        self.assertEqual([(f.path, f.line) for f in found], [(path, line)], found)

    def passes(self, rule, files):
        self.assertEqual(rule(of(files)), [])


class Stripping(unittest.TestCase):
    def test_comments_and_literals_are_blanked_and_lines_kept(self):
        code = strip_cxx('int a; // rand()\n/* x\ny */ f("time(0)", \'"\', 1\'000);\n')
        self.assertNotIn("rand", code)
        self.assertNotIn("time", code)
        self.assertIn("1'000", code)
        self.assertEqual(code.count("\n"), 3)

    def test_code_after_a_literal_is_still_seen(self):
        self.assertIn("rand()", strip_cxx('f("\\""); rand();'))
        self.assertIn("rand()", strip_cxx('R"x(a " b)x"; rand();'))
        self.assertIn("rand()", strip_cxx("1'000'000; rand();"))


class Layers(RuleTest):
    SIP = {"proxy/sip/message.hpp": "", "proxy/txn/table.hpp": ""}

    def test_arrow_against_the_table_trips(self):
        self.trips(layers.check_layers,
                   {**self.SIP, "proxy/sip/a.cpp": '\n#include "proxy/txn/table.hpp"\n'},
                   "proxy/sip/a.cpp", 2)

    def test_arrow_of_the_table_passes(self):
        self.passes(layers.check_layers,
                    {**self.SIP, "proxy/txn/a.cpp": '#include "proxy/sip/message.hpp"\n'})

    def test_entry_for_one_file_opens_only_that_file(self):
        files = {"proxy/cluster/node_id.hpp": "", "proxy/cluster/engine.hpp": ""}
        self.passes(layers.check_layers,
                    {**files, "proxy/route/a.cpp": '#include "proxy/cluster/node_id.hpp"\n'})
        self.trips(layers.check_layers,
                   {**files, "proxy/route/a.cpp": '#include "proxy/cluster/engine.hpp"\n'},
                   "proxy/route/a.cpp", 1)

    def test_nothing_but_tests_sees_tests(self):
        files = {"tests/support/fake.hpp": ""}
        line = '#include "tests/support/fake.hpp"\n'
        self.trips(layers.check_layers, {**files, "proxy/main.cpp": line}, "proxy/main.cpp", 1)
        self.passes(layers.check_layers, {**files, "tests/sim/a.cpp": line})

    def test_resolver_sees_no_other_part(self):
        files = {"geo/include/sipha/geo/ip.hpp": ""}
        line = "#include <sipha/geo/ip.hpp>\n"
        self.trips(layers.check_layers, {**files, "resolver/src/a.cpp": line}, "resolver/src/a.cpp", 1)
        self.passes(layers.check_layers, {**files, "dnsgen/plan/a.cpp": line})

    def test_quoted_include_starts_at_the_root(self):
        files = {"proxy/sip/via.hpp": ""}
        self.trips(layers.check_layers, {**files, "proxy/sip/via.cpp": '#include "via.hpp"\n'},
                   "proxy/sip/via.cpp", 1)

    def test_generated_header_stands_for_its_proto(self):
        line = '#include "proxy/cluster/peer.pb.h"\n'
        self.passes(layers.check_layers,
                    {"proxy/cluster/peer.proto": "", "proxy/cluster/codec.cpp": line})
        self.trips(layers.check_layers, {"proxy/cluster/codec.cpp": line},
                   "proxy/cluster/codec.cpp", 1)

    def test_new_folder_needs_an_entry(self):
        self.trips(layers.check_layers, {"proxy/misc/a.cpp": ""}, "proxy/misc/a.cpp", 0)

    def test_table_names_only_folders_it_knows(self):
        for folder, allowed in layers.LAYERS.items():
            for entry in allowed:
                known = entry == "*" or any(entry == f or entry.startswith(f + "/") for f in layers.LAYERS)
                self.assertTrue(known, f"{folder} -> {entry}")

    def test_table_has_no_circle(self):
        state = {}

        def visit(folder, way):
            self.assertNotEqual(state.get(folder), "open", " -> ".join(way + [folder]))
            if folder in state:
                return
            state[folder] = "open"
            for entry in layers.LAYERS[folder]:
                if entry in layers.LAYERS and entry != folder:
                    visit(entry, way + [folder])
            state[folder] = "done"

        for folder in layers.LAYERS:
            visit(folder, [])


class Libraries(RuleTest):
    def test_each_library_stays_behind_its_door(self):
        for header, inside, outside in (
            ("boost/asio/ip/udp.hpp", "proxy/shell/a.cpp", "proxy/node/a.cpp"),
            ("boost/asio.hpp", "resolver/include/sipha/resolver/asio.hpp", "resolver/src/a.cpp"),
            ("boost/json.hpp", "resolver/cli/json.cpp", "resolver/include/sipha/resolver/a.hpp"),
            ("ldns/ldns.h", "dnsgen/render/a.cpp", "dnsgen/plan/a.cpp"),
            ("ares.h", "resolver/src/cares_transport.cpp", "resolver/src/plan.cpp"),
            ("yaml-cpp/yaml.h", "geo/yaml/a.cpp", "dnsgen/model/a.cpp"),
            ("spdlog/spdlog.h", "proxy/log/a.cpp", "proxy/shell/a.cpp"),
        ):
            line = f"#include <{header}>\n"
            with self.subTest(header):
                self.passes(layers.check_libraries, {inside: line})
                self.trips(layers.check_libraries, {outside: line}, outside, 1)


class Purity(RuleTest):
    PATH = "proxy/route/a.cpp"

    def test_impure_code_trips(self):
        for code in (
            "auto t = std::chrono::steady_clock::now();", "auto t = time(nullptr);",
            "auto t = ::time(0);", "std::this_thread::sleep_for(x);", "int r = rand();",
            "std::random_device device;", "std::thread worker;", "std::jthread worker;",
            "std::mutex guard;", "std::atomic<int> n;", "auto* f = fopen(p, m);",
            "std::ifstream file(p);", "int s = socket(AF_INET, 0, 0);", "::send(s, p, n, 0);",
            "std::regex r;", "std::cout << 1;", "#include <iostream>", "std::function<void()> f;",
        ):
            with self.subTest(code):
                self.trips(purity.check_purity, {self.PATH: "\n" + code + "\n"}, self.PATH, 2)

    def test_near_misses_pass(self):
        for code in (
            "queue.now();", "entry.time(0);", "int lifetime(int);", "send(hop);", "table.bind(key);",
            "int operand(int);", "// std::mutex is for shells", 'text("::now()");',
            "peer.connect(id);", "std::string time_text;", "void f(instant now);",
        ):
            with self.subTest(code):
                self.passes(purity.check_purity, {self.PATH: code + "\n"})

    def test_shell_may_do_what_pure_code_may_not(self):
        code = "auto t = std::chrono::steady_clock::now();\n"
        self.passes(purity.check_purity, {"proxy/shell/a.cpp": code})
        self.passes(purity.check_purity, {"resolver/src/engine.cpp": code})
        self.trips(purity.check_purity, {"resolver/src/plan.cpp": code}, "resolver/src/plan.cpp", 1)

    def test_std_function_is_barred_only_where_messages_pass(self):
        self.passes(purity.check_purity, {"proxy/state/a.cpp": "std::function<void()> f;\n"})


class Sleeps(RuleTest):
    def setUp(self):
        self.addCleanup(purity.POLLING.update, dict(purity.POLLING))
        self.addCleanup(purity.POLLING.clear)  # runs first
        purity.POLLING.clear()

    def test_sleep_trips_in_every_language(self):
        for path, code in (
            ("tests/sim/a.cpp", "std::this_thread::sleep_for(d);\n"),
            ("tests/e2e/a.py", "time.sleep(1)\n"),
            ("tests/e2e/a.py", "await asyncio.sleep(0.1)\n"),
            ("dev", "sleep 1\n"),
            ("tests/e2e/a.sh", "while true; do sleep 1; done\n"),
        ):
            with self.subTest(code):
                self.trips(purity.check_sleeps, {path: code}, path, 1)

    def test_near_misses_pass(self):
        self.passes(purity.check_sleeps, {
            "tests/sim/a.cpp": "// no sleep_for(d) here\nvoid never_sleeps();\n",
            "tests/e2e/a.py": "await asyncio.sleep(0)\n",
            "dev": 'say "no sleep 1 here"\n',
        })

    def test_listed_polling_helper_passes_and_a_stale_entry_trips(self):
        code = {"tests/e2e/a.py": "def wait_until(check):\n    time.sleep(0.01)\n"}
        purity.POLLING[("tests/e2e/a.py", "wait_until")] = "a foreign program has no event"
        self.passes(purity.check_sleeps, code)
        self.trips(purity.check_sleeps, {}, "tests/lint/purity.py", 0)
        other = {"tests/e2e/a.py": code["tests/e2e/a.py"] + "def f():\n    time.sleep(1)\n"}
        found = [(f.path, f.line) for f in purity.check_sleeps(of(other))]
        self.assertEqual(found, [("tests/e2e/a.py", 4)])


class Shape(RuleTest):
    def test_pragma_once(self):
        self.trips(shape.check_pragma_once, {"geo/a.hpp": "// #pragma once\n"}, "geo/a.hpp", 0)
        self.passes(shape.check_pragma_once, {"geo/a.hpp": "#pragma once\n", "geo/a.cpp": "\n"})

    def test_using_namespace(self):
        code = "\nusing namespace std;\n"
        self.trips(shape.check_using_namespace, {"geo/a.hpp": code}, "geo/a.hpp", 2)
        self.passes(shape.check_using_namespace,
                    {"geo/a.cpp": code, "geo/a.hpp": "using std::string;  // no using namespace\n"})
        literals = "using namespace std::chrono_literals;\n"
        self.trips(shape.check_using_namespace, {"geo/a.hpp": literals}, "geo/a.hpp", 1)
        self.passes(shape.check_using_namespace, {"tests/a.hpp": literals})

    def test_file_size_at_its_limit(self):
        self.passes(shape.check_file_size, {"geo/a.cpp": "\n" * shape.MAX_LINES})
        self.trips(shape.check_file_size, {"geo/a.cpp": "\n" * (shape.MAX_LINES + 1)}, "geo/a.cpp", 0)

    def test_long_file_entry_only_shrinks(self):
        entry = {"geo/a.cpp": (600, "a table")}

        def count(lines):
            return len(shape.check_file_size(of({"geo/a.cpp": "\n" * lines}), entry))

        self.assertEqual([count(601), count(600), count(599), count(500)], [1, 0, 1, 1])

    def test_characters(self):
        for text in ("a\tb\n", "a\r\n", "caf\u00e9\n"):
            with self.subTest(text):
                self.trips(shape.check_characters, {"geo/a.cpp": text}, "geo/a.cpp", 1)
                self.passes(shape.check_characters, {"tests/data/a.txt": text})
        self.passes(shape.check_characters, {"geo/a.cpp": 'auto s = R"(a\tb)";\n'})
        self.passes(shape.check_characters, {"geo/a.cpp": 'auto s = "\\xc3\\xa9\\t";\n'})

    def test_work_notes(self):
        note = "TO" + "DO"
        self.trips(shape.check_work_notes, {"docs/a.md": f"\n{note}: more\n"}, "docs/a.md", 2)
        self.passes(shape.check_work_notes, {"docs/a.md": f"{note}S and XXXXXX\n"})

    def test_source_must_be_listed(self):
        self.trips(shape.check_listed, {"geo/src/a.cpp": "", "geo/CMakeLists.txt": "# src/a.cpp\n"},
                   "geo/src/a.cpp", 0)
        for lists in (
            {"geo/CMakeLists.txt": "sipha_library(geo SOURCES src/a.cpp)\n"},
            {"geo/CMakeLists.txt": "set(s ${CMAKE_CURRENT_SOURCE_DIR}/src/a.cpp)\n"},
            {"geo/a.cmake": "set(s ${CMAKE_CURRENT_LIST_DIR}/src/a.cpp)\n"},
            {"tests/CMakeLists.txt": "f(SOURCES ${PROJECT_SOURCE_DIR}/geo/src/a.cpp)\n"},
            {"tests/CMakeLists.txt": "f(SOURCES ../geo/src/a.cpp)\n"},
        ):
            with self.subTest(lists):
                self.passes(shape.check_listed, {"geo/src/a.cpp": "", **lists})


class Documents(RuleTest):
    def test_broken_link_trips(self):
        self.trips(documents.check_documents, {"docs/a.md": "\n[x](b.md)\n"}, "docs/a.md", 2)
        self.passes(documents.check_documents, {
            "docs/a.md": "[x](b.md#part) [y](https://example.org/z) [z](#here) [r](../README.md)\n",
            "docs/b.md": "", "README.md": "",
        })

    def test_path_that_is_gone_trips(self):
        self.trips(documents.check_documents, {"README.md": "see `geo/gone.hpp`\n"}, "README.md", 1)
        self.passes(documents.check_documents, {
            "README.md": "`geo/a.hpp:12` `geo/` `geo/a` `application/sdp` `geo/*.x`\n```\n`geo/b`\n```\n",
            "geo/a.hpp": "",
        })


class Coroutines(RuleTest):
    PATH = "proxy/shell/a.cpp"

    def test_temporaries_in_an_awaited_expression_trip(self):
        for code in (
            "co_await f(options{name});", "co_await f({name, 1});", "co_await f([&x] { g(x); });",
            "co_await f([=] { g(); });", "co_await f([x = y]() mutable { g(x); });",
            "auto r = co_await a.f(1, std::vector<int>(), agg{.x = y});", "if (co_await f(agg{x})) {",
        ):
            with self.subTest(code):
                self.trips(coroutines.check_coroutines, {self.PATH: "\n" + code + "\n"}, self.PATH, 2)

    def test_named_values_and_trivial_ones_pass(self):
        for code in (
            "options given{name};\nco_await f(std::move(given));",
            "co_await f(std::chrono::seconds{5});", "co_await f([](int x) { agg a{x}; });",
            "co_await f(table[key], other[i + 1]);", "if (co_await f()) {\n agg a{x};\n}",
            "co_await f();\nagg a{x};", "co_await f([]() -> awaitable<void> { co_return; });",
        ):
            with self.subTest(code):
                self.passes(coroutines.check_coroutines, {self.PATH: code + "\n"})


class Program(unittest.TestCase):
    def test_unknown_rule_is_wrong_usage(self):
        with self.assertRaises(SystemExit) as stop, open(os.devnull, "w") as quiet:
            sys.stderr, saved = quiet, sys.stderr
            try:
                lint.main(["no_such_rule"])
            finally:
                sys.stderr = saved
        self.assertEqual(stop.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
