#include "tests/proxy/cluster/support/map_store.hpp"

namespace sipha::cluster::test {

namespace {

std::uint64_t hash(std::string_view key, const std::pair<hlc, std::string>& entry) {
    std::uint64_t sum = 14695981039346656037u;
    const auto mix = [&sum](std::uint64_t octet) { sum = (sum ^ octet) * 1099511628211u; };
    for (const char c : key) {
        mix(static_cast<unsigned char>(c));
    }
    for (int shift = 0; shift < 64; shift += 8) {
        mix(entry.first >> shift & 0xff);
    }
    for (const char c : entry.second) {
        mix(static_cast<unsigned char>(c));
    }
    return sum ^ sum >> 29;
}

std::string payload_of(std::string_view key, const std::pair<hlc, std::string>& entry) {
    std::string text;
    for (int shift = 56; shift >= 0; shift -= 8) {
        text += static_cast<char>(entry.first >> shift & 0xff);
    }
    text += static_cast<char>(key.size());
    text += key;
    text += entry.second;
    return text;
}

}  // namespace

std::string map_store::put(std::string_view key, hlc version, std::string_view value) {
    const entry written{version, std::string(value)};
    join(std::string(key), written);
    return payload_of(key, written);
}

std::string map_store::value(std::string_view key) const {
    const auto place = entries_.find(key);
    return place == entries_.end() ? "" : place->second.second;
}

void map_store::join(const std::string& key, entry newer) {
    const auto [place, is_new] = entries_.try_emplace(key, newer);
    if (is_new) {
        digest_ ^= hash(key, newer);
    } else if (newer > place->second) {
        digest_ ^= hash(key, place->second) ^ hash(key, newer);
        place->second = std::move(newer);
    }
}

void map_store::merge(timing::instant now, node_id, std::string_view payload) {
    ++merges;
    const auto key_size = payload.size() < 9 ? 0u : static_cast<unsigned char>(payload[8]);
    if (payload.size() < 9u + key_size || key_size == 0) {
        ++malformed;
        return;
    }
    hlc version = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        version = version << 8 | static_cast<unsigned char>(payload[i]);
    }
    if (clock_ != nullptr) {
        version = clock_->observe(version, now.wall_ms);
    }
    join(
        std::string(payload.substr(9, key_size)),
        {version, std::string(payload.substr(9 + key_size))}
    );
}

store::chunk map_store::snapshot(timing::instant, std::string_view cursor, std::size_t max_bytes)
    const {
    ++snapshots;
    chunk part;
    std::size_t bytes = 0;
    auto place = cursor.empty() ? entries_.begin() : entries_.upper_bound(cursor);
    for (; place != entries_.end(); ++place) {
        auto payload = payload_of(place->first, place->second);
        if (!part.payloads.empty() && bytes + payload.size() > max_bytes) {
            part.next_cursor = std::prev(place)->first;
            break;
        }
        bytes += payload.size();
        part.payloads.push_back(std::move(payload));
    }
    return part;
}

}  // namespace sipha::cluster::test
