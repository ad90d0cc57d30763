#include "tests/bench/peers/cares.hpp"

#include <ares.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include <sipha/resolver/records.hpp>

#include "tests/bench/peers/ours.hpp"

namespace sipha::bench {
namespace {

using clock = std::chrono::steady_clock;
using on_bytes = std::function<void(const unsigned char*, int)>;
using resolver::record_type;

void deliver(void* arg, int status, int, unsigned char* bytes, int length) {
    const std::unique_ptr<on_bytes> done(static_cast<on_bytes*>(arg));
    if (status != ARES_EDESTRUCTION) {
        (*done)(status == ARES_SUCCESS ? bytes : nullptr, length);
    }
}

std::size_t count_a(const unsigned char* bytes, int length) {
    std::array<ares_addrttl, 32> found{};
    int count = static_cast<int>(found.size());
    const int status = ares_parse_a_reply(bytes, length, nullptr, found.data(), &count);
    return status == ARES_SUCCESS ? static_cast<std::size_t>(count) : 0;
}

std::size_t count_aaaa(const unsigned char* bytes, int length) {
    std::array<ares_addr6ttl, 32> found{};
    int count = static_cast<int>(found.size());
    const int status = ares_parse_aaaa_reply(bytes, length, nullptr, found.data(), &count);
    return status == ARES_SUCCESS ? static_cast<std::size_t>(count) : 0;
}

std::vector<std::string> replacements(const unsigned char* bytes, int length) {
    std::vector<std::string> names;
    ares_naptr_reply* all = nullptr;
    if (bytes && ares_parse_naptr_reply(bytes, length, &all) == ARES_SUCCESS) {
        for (const auto* rule = all; rule; rule = rule->next) {
            names.emplace_back(rule->replacement);
        }
    }
    ares_free_data(all);
    return names;
}

std::vector<std::string> targets(const unsigned char* bytes, int length) {
    std::vector<std::string> names;
    ares_srv_reply* all = nullptr;
    if (bytes && ares_parse_srv_reply(bytes, length, &all) == ARES_SUCCESS) {
        for (const auto* record = all; record; record = record->next) {
            names.emplace_back(record->host);
        }
    }
    ares_free_data(all);
    return names;
}

}  // namespace

struct cares_client::state {
    void ask(const std::string& name, record_type type, on_bytes done) {
        ++open;
        auto counted = [this, done = std::move(done)](const unsigned char* bytes, int length) {
            --open;
            done(bytes, length);
        };
        ares_query(
            channel,
            name.c_str(),
            1,
            static_cast<int>(type),
            &deliver,
            new on_bytes(std::move(counted))
        );
    }

    void turn() {
        std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
        const auto wanted = static_cast<unsigned>(
            ares_getsock(channel, sockets.data(), static_cast<int>(sockets.size()))
        );
        std::vector<pollfd> watched;
        for (unsigned index = 0; index < sockets.size(); ++index) {
            const bool reads = (wanted >> index & 1U) != 0;
            const bool writes = (wanted >> (index + ARES_GETSOCK_MAXNUM) & 1U) != 0;
            if (reads || writes) {
                const int events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
                watched.push_back({sockets[index], static_cast<short>(events), 0});
            }
        }
        timeval left{};
        const auto* patience = ares_timeout(channel, nullptr, &left);
        const auto wait = patience ? patience->tv_sec * 1000 + (patience->tv_usec + 999) / 1000 : 1;
        poll(watched.data(), watched.size(), static_cast<int>(wait));
        for (const auto& item : watched) {
            ares_process_fd(
                channel,
                (item.revents & ~POLLOUT) != 0 ? item.fd : ARES_SOCKET_BAD,
                (item.revents & POLLOUT) != 0 ? item.fd : ARES_SOCKET_BAD
            );
        }
        ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }

    void finish() {
        while (open != 0) {
            turn();
        }
    }

    ares_channel channel = nullptr;
    std::size_t open = 0;
};

cares_client::cares_client(
    std::span<const resolver::dns_server> servers, std::chrono::milliseconds timeout
)
    : state_(std::make_unique<state>()) {
    ares_options options{};
    options.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH;
    options.timeout = static_cast<int>(timeout.count());
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS;
    std::string list;
    for (const auto& server : servers) {
        list += (list.empty() ? "" : ",") + hostport(server.ip, server.port);
    }
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
        ares_init_options(&state_->channel, &options, mask) != ARES_SUCCESS ||
        ares_set_servers_ports_csv(state_->channel, list.c_str()) != ARES_SUCCESS) {
        throw std::runtime_error("c-ares cannot start");
    }
}

cares_client::~cares_client() {
    ares_destroy(state_->channel);
}

std::size_t cares_client::addresses(const std::string& host) {
    std::size_t found = 0;
    state_->ask(host, record_type::a, [&](const unsigned char* bytes, int length) {
        found += bytes ? count_a(bytes, length) : 0;
    });
    state_->ask(host, record_type::aaaa, [&](const unsigned char* bytes, int length) {
        found += bytes ? count_aaaa(bytes, length) : 0;
    });
    state_->finish();
    return found;
}

std::size_t cares_client::locate(const std::string& domain) {
    std::vector<std::string> sets;
    state_->ask(domain, record_type::naptr, [&](const unsigned char* bytes, int length) {
        sets = replacements(bytes, length);
    });
    state_->finish();
    std::map<std::string, std::size_t> uses;  // of each target, by the SRV records
    for (const auto& set : sets) {
        state_->ask(set, record_type::srv, [&](const unsigned char* bytes, int length) {
            for (auto& target : targets(bytes, length)) {
                ++uses[std::move(target)];
            }
        });
    }
    state_->finish();
    std::size_t found = 0;
    for (const auto& [target, count] : uses) {
        state_->ask(target, record_type::a, [&](const unsigned char* bytes, int length) {
            found += bytes ? count * count_a(bytes, length) : 0;
        });
        state_->ask(target, record_type::aaaa, [&](const unsigned char* bytes, int length) {
            found += bytes ? count * count_aaaa(bytes, length) : 0;
        });
    }
    state_->finish();
    return found;
}

double cares_client::microseconds_per_query(std::size_t in_flight, std::size_t count) {
    std::size_t started = 0;
    std::size_t found = 0;
    const auto begin = clock::now();
    while (started < count || state_->open != 0) {
        while (started < count && state_->open < in_flight) {
            ++started;
            state_->ask(fresh_name(), record_type::a, [&](const unsigned char* bytes, int length) {
                found += bytes ? count_a(bytes, length) : 0;
            });
        }
        state_->turn();
    }
    const std::chrono::duration<double, std::micro> took = clock::now() - begin;
    expect_found("c-ares", found, count);
    return took.count() / static_cast<double>(count);
}

}  // namespace sipha::bench
