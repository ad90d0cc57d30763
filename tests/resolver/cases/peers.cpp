#include "tests/resolver/cases/peers.hpp"

#include <stdexcept>

#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {

peer_manner peer_manner::parse(const std::string& text) {
    constexpr std::pair<const char*, kind> words[] = {
        {"ok", kind::answers},
        {"refused", kind::refuses},
        {"certificate", kind::certificate},
        {"silent", kind::silent},
        {"options-only", kind::lives},
        {"trying", kind::trying},
        {"late", kind::late},
        {"rings", kind::rings},
        {"progress-reset", kind::drops},
    };
    const auto parts = words_of(text);
    peer_manner out;
    for (const auto& [word, what] : words) {
        if (!parts.empty() && parts[0] == word) {
            out.what = what;
            if (parts.size() == 2) {
                out.delay = std::chrono::milliseconds(std::stoul(parts[1]));
            }
            return out;
        }
    }
    std::size_t end = 0;
    out.status = static_cast<std::uint16_t>(std::stoul(text, &end));
    if (end < text.size() && text[end] == '/') {
        out.retry_after = std::chrono::seconds(std::stoul(text.substr(end + 1)));
    }
    return out;
}

peers::peers(const std::vector<std::pair<std::string, std::string>>& table) {
    for (const auto& [place, manner] : table) {
        table_.emplace_back(place, peer_manner::parse(manner));
    }
}

peer_manner peers::of(const candidate& place) const {
    for (const auto& [name, manner] : table_) {
        if (name == place_text(place) || name == host_text(place.ip)) {
            return manner;
        }
    }
    return {};
}

}  // namespace sipha::resolver::test::cases
