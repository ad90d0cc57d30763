#include <cstdio>
#include <exception>

#include "resolver/stub/arguments.hpp"
#include "resolver/stub/daemon.hpp"

int main(int argc, char** argv) {
    using namespace sipha::resolver;
    int exit_with = 0;
    const auto asked = stub::parse_arguments(argc, argv, exit_with);
    if (!asked) {
        return exit_with;
    }
    try {
        return stub::serve(*asked);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sipha-stub: %s\n", error.what());
        return stub::exit_environment;
    }
}
