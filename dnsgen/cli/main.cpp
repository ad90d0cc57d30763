#include "dnsgen/cli/arguments.hpp"
#include "dnsgen/cli/commands.hpp"

int main(int argc, char** argv) {
    const auto parsed = sipha::dnsgen::parse_arguments(argc, argv);
    if (!parsed.result) {
        return static_cast<int>(parsed.exit);
    }
    return static_cast<int>(sipha::dnsgen::run(*parsed.result));
}
