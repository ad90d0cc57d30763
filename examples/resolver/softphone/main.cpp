#include <getopt.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "examples/resolver/softphone/user_agent.hpp"

namespace {

using namespace softphone;

const char* const help =
    "sipha-softphone: registers, answers calls, and moves on when its edge dies.\n"
    "\n"
    "Usage: sipha-softphone --aor sip:USER@DOMAIN --listen ADDR [options]\n"
    "  --aor URI            address of record, like sip:alice@example.com\n"
    "  --listen ADDR        local address for SIP, the canary and DNS\n"
    "  --server ADDR:PORT   DNS server; repeat it in order of preference\n"
    "  --seed N             makes the weighted draw repeatable\n"
    "  --expires SECONDS    registration time asked for (60)\n"
    "\n"
    "Each event is one line: milliseconds since 1970, a word, key=value pairs. Words: started,\n"
    "located, locate-failed, stale-addresses, trying, registered, register-refused, edge-failed,\n"
    "edge-lost, incoming, call-established, call-ended, unregistered, ignored-datagram, "
    "send-failed.\n"
    "SIGTERM and SIGINT unregister.\n"
    "Exit codes: 0 ended by a signal, 2 usage, 3 the local address cannot be used.\n";

template <class Number>
bool read_number(std::string_view text, Number& value) {
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && stop == end;
}

bool read_server(std::string_view text, settings& use) {
    sipha::resolver::dns_server server;
    const auto colon = text.rfind(':');
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    const auto ip = sipha::resolver::address::parse(host);
    if (colon == std::string_view::npos || !ip ||
        !read_number(text.substr(colon + 1), server.port)) {
        return false;
    }
    server.ip = *ip;
    use.dns.servers.push_back(server);
    return true;
}

bool read_option(int letter, std::string_view value, settings& use) {
    const auto at = value.find('@');
    boost::system::error_code error;
    unsigned seconds = 0;
    std::uint64_t seed = 0;
    switch (letter) {
        case 'a':
            if (!value.starts_with("sip:") || at == std::string_view::npos ||
                at + 1 == value.size()) {
                return false;
            }
            use.user = value.substr(4, at - 4);
            use.domain = value.substr(at + 1);
            return true;
        case 'l':
            use.listen = boost::asio::ip::make_address(value, error);
            use.dns.source = sipha::resolver::address::parse(value);
            use.session.source = use.dns.source;
            return !error && use.dns.source.has_value();
        case 's':
            return read_server(value, use);
        case 'n':
            use.session.lookup.seed = read_number(value, seed) ? std::optional(seed) : std::nullopt;
            return use.session.lookup.seed.has_value();
        case 'e':
            use.expires = std::chrono::seconds(read_number(value, seconds) ? seconds : 0);
            return use.expires.count() > 0;
        default:
            return false;
    }
}

std::optional<settings> read_arguments(int argc, char** argv) {
    const option options[] = {
        {"aor", required_argument, nullptr, 'a'},
        {"listen", required_argument, nullptr, 'l'},
        {"server", required_argument, nullptr, 's'},
        {"seed", required_argument, nullptr, 'n'},
        {"expires", required_argument, nullptr, 'e'},
        {"help", no_argument, nullptr, 'h'},
        {nullptr, 0, nullptr, 0}};
    settings use;
    use.session = make_session_options(sipha::resolver::probe_profile::fast);
    // This phone signals over UDP; TCP is only its canary.
    use.session.lookup.transports = {sipha::resolver::transport::udp};
    for (int letter = 0; (letter = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
        if (letter == 'h' || !read_option(letter, optarg ? optarg : "", use)) {
            return std::nullopt;
        }
    }
    using sipha::resolver::family_use;
    use.session.lookup.families = use.listen.is_v6() ? family_use::v6_only : family_use::v4_only;
    return use.domain.empty() || !use.dns.source ? std::nullopt : std::optional(use);
}

}  // namespace

int main(int argc, char** argv) {
    auto use = read_arguments(argc, argv);
    if (!use) {
        std::fputs(help, stderr);
        return 2;
    }
    try {
        boost::asio::io_context io(1);
        user_agent phone(io, std::move(*use));
        boost::asio::signal_set signals(io, SIGTERM, SIGINT);
        signals.async_wait([&](boost::system::error_code, int) { phone.stop([&io] { io.stop(); }); }
        );
        phone.start();
        io.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sipha-softphone: %s; check --listen\n", error.what());
        return 3;
    }
    return 0;
}
