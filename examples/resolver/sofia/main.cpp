#include <getopt.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "examples/resolver/sofia/phone.hpp"

namespace {

namespace resolver = sipha::resolver;

const char* const help =
    "sipha-sofia-phone: a Sofia-SIP phone that registers, answers calls, and moves on when its\n"
    "server dies.\n"
    "\n"
    "Usage: sipha-sofia-phone --aor sip:USER@DOMAIN --listen ADDR [options]\n"
    "  --aor URI            address of record, like sip:alice@example.com\n"
    "  --listen ADDR        local address of SIP, probes and DNS\n"
    "  --server ADDR        DNS server; repeat it in order of preference (those of the system)\n"
    "  --transports LIST    udp, tcp or both with a comma (udp,tcp)\n"
    "  --profile NAME       field, fast or battery: how closely the server is watched (field)\n"
    "  --expires SECONDS    registration time asked for (3600)\n"
    "  --hold-down MS       see session_options::hold_down\n"
    "  --failback-jitter MS see session_options::failback_jitter\n"
    "  --herd-spread MS     see session_options::herd_spread\n"
    "\n"
    "Each event is one line: milliseconds since 1970, a word, key=value pairs. Words: started,\n"
    "session, registering, registered, register-failed, incoming, call-ended, unregistered.\n"
    "SIGTERM and SIGINT unregister.\n"
    "Exit codes: 0 ended by a signal, 2 usage, 3 the local address cannot be used.\n";

struct number_option {
    const char* name;
    std::chrono::milliseconds resolver::session_options::*field;
};
constexpr number_option number_options[] = {
    {"hold-down", &resolver::session_options::hold_down},
    {"failback-jitter", &resolver::session_options::failback_jitter},
    {"herd-spread", &resolver::session_options::herd_spread},
};

std::optional<unsigned> read_number(std::string_view text) {
    unsigned value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

bool read_aor(std::string_view text, phone_settings& use) {
    const auto at = text.find('@');
    if (!text.starts_with("sip:") || at == std::string_view::npos || at + 1 == text.size()) {
        return false;
    }
    use.user = text.substr(4, at - 4);
    use.domain = text.substr(at + 1);
    return true;
}

bool read_transports(std::string_view text, std::vector<resolver::transport>& transports) {
    transports.clear();
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto one = resolver::parse_transport(text.substr(0, comma));
        // The certificate is checked against the host of a URI, and ours is numeric.
        if (!one || (*one != resolver::transport::udp && *one != resolver::transport::tcp)) {
            return false;
        }
        transports.push_back(*one);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return !transports.empty();
}

bool read_profile(std::string_view text, resolver::probe_profile& profile) {
    using resolver::probe_profile;
    profile = text == "fast"      ? probe_profile::fast
              : text == "battery" ? probe_profile::battery
                                  : probe_profile::field;
    return text == "fast" || text == "battery" || text == "field";
}

struct arguments {
    phone_settings use;
    resolver::probe_profile profile = resolver::probe_profile::field;
    std::vector<resolver::transport> transports{resolver::transport::udp, resolver::transport::tcp};
    std::optional<unsigned> figures[std::size(number_options)];
};

bool read_option(int letter, std::string_view value, arguments& to) {
    if (letter >= '0' && letter < '0' + static_cast<int>(std::size(number_options))) {
        auto& figure = to.figures[letter - '0'];
        figure = read_number(value);
        return figure.has_value();
    }
    switch (letter) {
        case 'a':
            return read_aor(value, to.use);
        case 'l': {
            const auto ip = resolver::address::parse(value);
            to.use.listen = ip.value_or(resolver::address{});
            to.use.dns.source = ip;
            return ip.has_value();
        }
        case 's': {
            const auto ip = resolver::address::parse(value);
            if (ip) {
                to.use.dns.servers.push_back({*ip, 53});
            }
            return ip.has_value();
        }
        case 't':
            return read_transports(value, to.transports);
        case 'p':
            return read_profile(value, to.profile);
        case 'e':
            to.use.expires = std::chrono::seconds(read_number(value).value_or(0));
            return to.use.expires.count() > 0;
        default:
            return false;
    }
}

std::optional<phone_settings> read_arguments(int argc, char** argv) {
    const option options[] = {
        {"aor", required_argument, nullptr, 'a'},
        {"listen", required_argument, nullptr, 'l'},
        {"server", required_argument, nullptr, 's'},
        {"transports", required_argument, nullptr, 't'},
        {"profile", required_argument, nullptr, 'p'},
        {"expires", required_argument, nullptr, 'e'},
        {number_options[0].name, required_argument, nullptr, '0'},
        {number_options[1].name, required_argument, nullptr, '1'},
        {number_options[2].name, required_argument, nullptr, '2'},
        {nullptr, 0, nullptr, 0}};
    arguments read;
    for (int letter = 0; (letter = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
        if (!read_option(letter, optarg != nullptr ? optarg : "", read)) {
            return std::nullopt;
        }
    }
    if (read.use.domain.empty() || !read.use.dns.source) {
        return std::nullopt;
    }
    auto& session = read.use.session;
    session = resolver::make_session_options(read.profile);
    session.account = "sip:" + read.use.user + '@' + read.use.domain;
    session.source = read.use.listen;
    session.lookup.transports = read.transports;
    session.lookup.families = read.use.listen.family() == resolver::address_family::v6
                                  ? resolver::family_use::v6_only
                                  : resolver::family_use::v4_only;
    for (std::size_t i = 0; i < std::size(number_options); ++i) {
        if (read.figures[i]) {
            session.*number_options[i].field = std::chrono::milliseconds(*read.figures[i]);
        }
    }
    return std::move(read.use);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--help") {
        std::fputs(help, stdout);
        return 0;
    }
    auto use = read_arguments(argc, argv);
    if (!use) {
        std::fputs(help, stderr);
        return 2;
    }
    try {
        sofia_phone phone(std::move(*use));
        phone.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sipha-sofia-phone: %s\n", error.what());
        return 3;
    }
    return 0;
}
