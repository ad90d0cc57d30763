#include "proxy/node/nonce_store.hpp"

namespace sipha::proxy {

namespace {

/// The nonce's number, its time of issue and the count, each in network order.
constexpr std::size_t payload_octets = 8 + 4 + 4;

void append_number(std::string& out, std::uint64_t number, int octets) {
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
        out += static_cast<char>(number >> shift & 0xff);
    }
}

std::uint64_t number_of(std::string_view octets) {
    std::uint64_t number = 0;
    for (const char octet : octets) {
        number = number << 8 | static_cast<unsigned char>(octet);
    }
    return number;
}

}  // namespace

std::string nonce_store::encode(const auth::nonce_use& used) {
    std::string out;
    out.reserve(payload_octets);
    append_number(out, used.number, 8);
    append_number(out, used.issued_s, 4);
    append_number(out, used.count, 4);
    return out;
}

void nonce_store::merge(timing::instant now, cluster::node_id, std::string_view payload) {
    if (payload.size() != payload_octets) {
        ++dropped_malformed_;
        return;
    }
    const auth::nonce_use used{
        number_of(payload.substr(0, 8)),
        static_cast<std::uint32_t>(number_of(payload.substr(8, 4))),
        static_cast<std::uint32_t>(number_of(payload.substr(12, 4)))};
    if (!into_->note_use(used, now.wall_ms)) {
        ++dropped_malformed_;
    }
}

cluster::store::chunk nonce_store::snapshot(timing::instant, std::string_view, std::size_t) const {
    return {};
}

}  // namespace sipha::proxy
