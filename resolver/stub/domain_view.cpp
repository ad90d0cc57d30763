#include "resolver/stub/domain_view.hpp"

#include <algorithm>

namespace sipha::resolver::stub {

bool is_alive(const service& of) {
    return std::any_of(of.places.begin(), of.places.end(), [](const place& one) {
        return one.state == life::alive;
    });
}

std::vector<place> usable_places(const service& of, std::size_t limit) {
    const bool shows_all = !is_alive(of);
    std::vector<place> out;
    for (const auto& one : of.places) {
        if (out.size() < limit && (shows_all || one.state == life::alive)) {
            out.push_back(one);
        }
    }
    return out;
}

std::vector<transport> transports_of(
    std::span<const candidate> candidates, std::span<const candidate> others
) {
    std::vector<transport> out;
    for (const auto list : {candidates, others}) {
        for (const auto& one : list) {
            if (std::find(out.begin(), out.end(), one.transport) == out.end()) {
                out.push_back(one.transport);
            }
        }
    }
    return out;
}

std::string to_string(const service& of) {
    std::string text(name(of.transport));
    char separator = ':';
    for (const auto& one : of.places) {
        text += separator;
        text += hostport(one.ip, one.port);
        text += one.state == life::dead ? "!" : "";
        separator = ',';
    }
    return text;
}

}  // namespace sipha::resolver::stub
