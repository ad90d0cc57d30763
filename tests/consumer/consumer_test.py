#!/usr/bin/env python3
"""Installs the resolver into a folder of its own, looks at what it exports, and builds and runs
foreign programs against it. Exit code 0 when every claim holds."""
import argparse
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT_LIMIT = 1_000_000  # bytes of code and constants of the stripped library


def run(*command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, timeout=150,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        sys.exit(f"FAILED: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def claim(what, is_true, detail=""):
    if not is_true:
        sys.exit(f"FAILED: {what}\n{detail}")
    print("ok:", what)


class Install:
    def __init__(self, build):
        self.build = build = os.path.abspath(build)
        self.scratch = os.path.join(build, "consumer")
        self.prefix = os.path.join(self.scratch, "prefix")
        shutil.rmtree(self.scratch, ignore_errors=True)
        run("cmake", "--install", build, "--prefix", self.prefix, "--component", "resolver")
        found = [os.path.join(folder, name) for folder, _, names in os.walk(self.prefix)
                 for name in names]
        self.library = next(path for path in found if path.endswith("libsipha_resolver.so"))
        self.lib = os.path.dirname(self.library)
        self.headers = [path for path in found if path.endswith(".h")]


def check_symbols(installed):
    exported = []
    for line in run("nm", "-DC", "--defined-only", installed.library).splitlines():
        kind, name = line.split(" ", 2)[1:]
        if kind != "A":  # the name of the version itself
            exported.append(name)
    foreign = [name for name in exported if not re.match(
        r"(?:(?:vtable|typeinfo|typeinfo name) for )?sipha::resolver::(?!detail::)|sipha_\w+@@", name)]
    claim("only the public interface is exported", not foreign, "\n".join(foreign))
    bare = [name for name in exported if not name.endswith("@@SIPHA_RESOLVER_0")]
    claim("each symbol carries its version", not bare, "\n".join(bare))
    declared = set()
    for header in installed.headers:
        with open(header, encoding="ascii") as stream:
            code = re.sub(r"/\*.*?\*/|typedef[^;{]*;", "", stream.read(), flags=re.S)
        declared |= set(re.findall(r"\b(sipha_\w+)\((?!\*)", code))
    offered = {name.split("@@")[0] for name in exported if name.startswith("sipha_")}
    claim("the functions of the C headers are exported, and no other", declared == offered,
          f"declared only: {declared - offered}\nexported only: {offered - declared}")
    asio = [line for line in run("nm", "-DC", installed.library).splitlines()
            if re.search(r"\b(?:asio|boost)::", line)]
    claim("nothing of Boost or Asio is in the interface", not asio, "\n".join(asio))
    dynamic = run("readelf", "-d", installed.library)
    claim("the soname is that of the interface", "[libsipha_resolver.so.0]" in dynamic, dynamic)


def check_size(installed):
    stripped = os.path.join(installed.scratch, "stripped.so")
    run("strip", "-o", stripped, installed.library)
    text = int(run("size", stripped).splitlines()[1].split()[0])
    claim(f"text of the stripped library: {text} bytes, limit {TEXT_LIMIT}", text < TEXT_LIMIT)


def check_cmake(installed, arguments):
    tree = os.path.join(installed.scratch, "cmake")
    launcher = [f"-DCMAKE_{language}_COMPILER_LAUNCHER=ccache" for language in ("C", "CXX")]
    run("cmake", "-S", os.path.join(HERE, "project"), "-B", tree, "-G", "Ninja",
        f"-DCMAKE_PREFIX_PATH={installed.prefix}", f"-DCMAKE_C_COMPILER={arguments.cc}",
        f"-DCMAKE_CXX_COMPILER={arguments.cxx}", *(launcher if shutil.which("ccache") else []))
    run("cmake", "--build", tree)
    for name in ("cxx_shared", "cxx_static", "c_shared", "c_static"):
        run(os.path.join(tree, name))
        print("ok: CMake", name)
    linked = run("readelf", "-d", os.path.join(tree, "cxx_static"))
    claim("the static form needs no library of ours", "libsipha" not in linked, linked)


def check_pkg_config(installed, arguments):
    found = {"PKG_CONFIG_PATH": os.path.join(installed.lib, "pkgconfig")}
    for language, compiler, options in (("c", arguments.cc, ["-std=c99", "-D_DEFAULT_SOURCE"]),
                                        ("cpp", arguments.cxx, ["-std=c++20"])):
        for form in ("shared", "static"):
            asked = ["--static"] if form == "static" else []
            flags = run("pkg-config", *asked, "--cflags", "--libs", "sipha-resolver", **found).split()
            if form == "static":  # both forms are installed: the linker would take the shared one
                flags = [f.replace("-lsipha_resolver", "-l:libsipha_resolver.a") for f in flags]
            program = os.path.join(installed.scratch, f"{language}_{form}")
            run(compiler, *options, "-Wall", "-Wextra", "-Werror",
                os.path.join(HERE, "project", f"main.{language}"), "-o", program, *flags,
                f"-Wl,-rpath,{installed.lib}")
            run(program)
            print("ok: pkg-config", language, form)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--build", "--cc", "--cxx"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    installed = Install(arguments.build)
    check_symbols(installed)
    check_size(installed)
    check_cmake(installed, arguments)
    check_pkg_config(installed, arguments)


main()
