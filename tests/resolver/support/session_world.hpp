#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/resolver/support/phone.hpp"
#include "tests/resolver/support/places.hpp"

/// Two edges of one level and a third behind them, with a phone that has just started.
namespace sipha::resolver::test {

inline const std::string s1 = "192.0.2.1";
inline const std::string s2 = "192.0.2.2";
inline const std::string s3 = "192.0.2.3";

/// Two edges of level 1, one of level 2, as the acceptance tests of phones have them.
struct world : edge_world {
    world() {
        for (const auto& ip : {s1, s2, s3}) {
            set(ip, edge_mode::alive);
        }
    }
};

inline std::vector<candidate> three(transport over = transport::udp) {
    return {place(1, 1, over), place(2, 1, over), place(3, 2, over)};
}

inline std::unique_ptr<phone> running(
    const edge_world& edges,
    const session_options& options,
    std::vector<candidate> list = three(),
    std::chrono::seconds ttl = std::chrono::seconds(60)
) {
    auto made = std::make_unique<phone>(edges, options);
    made->set_dns(std::move(list), ttl);
    made->run(std::chrono::milliseconds(200));
    return made;
}

inline session_options fast() {
    return make_session_options(probe_profile::fast);
}

inline session_options field() {
    return make_session_options(probe_profile::field);
}

/// Time at which the phone left `ip`, -1 when it did not.
inline long long left_at(const phone& one, const std::string& ip) {
    bool was_there = false;
    for (const auto& item : one.events) {
        const auto now = item.event.target ? item.event.target->ip.to_string() : std::string{};
        if (was_there && now != ip) {
            return item.at_ms;
        }
        was_there = now == ip;
    }
    return -1;
}

}  // namespace sipha::resolver::test
