#include "tests/resolver/support/locate.hpp"

#include <algorithm>
#include <memory>

#include "resolver/src/dns_message.hpp"

namespace sipha::resolver::test {

std::string located::text() const {
    std::string out;
    for (const auto& place : result.candidates) {
        out += out.empty() ? "" : " ";
        out += "UCTWX"[static_cast<std::size_t>(place.transport)];
        auto ip = place.ip.to_string();
        if (ip.starts_with("192.0.2.")) {
            ip = "h" + ip.substr(8);
        } else if (ip.starts_with("2001:db8::")) {
            ip = "h" + ip.substr(10) + "/6";
        }
        out += ':' + ip + ':' + std::to_string(place.port);
    }
    return out;
}

bool located::has_asked(std::string_view name, record_type type) const {
    return std::find(asked.begin(), asked.end(), question{std::string(name), type}) != asked.end();
}

bool located::has_warning(warning_kind kind) const {
    const auto& list = result.warnings;
    return std::any_of(list.begin(), list.end(), [kind](const warning& item) {
        return item.kind == kind;
    });
}

located locate(const zone& content, std::string_view uri, const lookup_options& options) {
    located out;
    const time_point start{std::chrono::hours(1)};
    auto now = start;
    resolution lookup(uri, options, now);
    while (!lookup.is_done()) {
        const auto questions = lookup.advance(now);
        bool has_moved = false;
        for (const auto& asked : questions) {
            out.asked.push_back(asked);
            if (const auto message = content.respond(asked)) {
                auto answer = std::make_shared<dns_answer>(detail::decode_answer(asked, *message));
                const auto ends = now + std::chrono::seconds(answer->ttl_s);
                lookup.answer(asked, std::move(answer), ends);
                has_moved = true;
            }
        }
        if (!has_moved && !lookup.is_done()) {
            now = lookup.next_deadline();
        }
    }
    out.took = std::chrono::duration_cast<std::chrono::milliseconds>(now - start);
    out.error = lookup.error();
    out.result = lookup.take_result();
    return out;
}

}  // namespace sipha::resolver::test
