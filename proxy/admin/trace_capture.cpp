#include <algorithm>
#include <cstdint>

#include "proxy/admin/trace_text.hpp"

namespace sipha::admin {

namespace {

/// What fits into one IPv4 datagram: 65535 - 20 - 8.
constexpr std::size_t max_payload = 65507;

void put8(std::string& out, unsigned value) {
    out += static_cast<char>(static_cast<unsigned char>(value));
}
void put16(std::string& out, unsigned value) {
    put8(out, value >> 8 & 0xffU);
    put8(out, value & 0xffU);
}
/// The capture format's own numbers, least significant octet first.
void put_little32(std::string& out, std::uint64_t value) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        put8(out, static_cast<unsigned>(value >> shift & 0xffU));
    }
}
void put_little16(std::string& out, unsigned value) {
    put8(out, value & 0xffU);
    put8(out, value >> 8 & 0xffU);
}

/// RFC 1071: the sum of 16-bit words, carries added, inverted.
class checksum {
  public:
    void add(std::string_view bytes) {
        for (std::size_t i = 0; i < bytes.size(); i += 2) {
            const unsigned high = static_cast<unsigned char>(bytes[i]);
            const unsigned low =
                i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) : 0U;
            sum_ += high << 8 | low;
        }
    }
    unsigned value() const {
        auto sum = sum_;
        while (sum >> 16 != 0) {
            sum = (sum & 0xffffU) + (sum >> 16);
        }
        return static_cast<unsigned>(~sum & 0xffffU);
    }

  private:
    std::uint64_t sum_ = 0;
};

std::string address_bytes(const geo::ip_address& ip) {
    const auto bytes = ip.bytes();
    return std::string(bytes.begin(), bytes.end());
}

std::string udp_datagram(
    const sip::endpoint& from, const sip::endpoint& to, std::string_view payload
) {
    std::string out;
    put16(out, from.port);
    put16(out, to.port);
    put16(out, static_cast<unsigned>(8 + payload.size()));
    std::string pseudo = address_bytes(from.ip) + address_bytes(to.ip);
    put16(pseudo, 17);
    put16(pseudo, static_cast<unsigned>(8 + payload.size()));
    checksum sum;
    sum.add(pseudo);
    sum.add(out);
    sum.add(payload);
    put16(out, sum.value() == 0 ? 0xffffU : sum.value());  // RFC 768: 0 means none
    out += payload;
    return out;
}

std::string ip_header(const sip::endpoint& from, const sip::endpoint& to, std::size_t length) {
    std::string out;
    if (from.ip.is_v4()) {
        put8(out, 0x45);
        put8(out, 0);
        put16(out, static_cast<unsigned>(20 + length));
        put16(out, 0);
        put16(out, 0);
        put8(out, 64);
        put8(out, 17);
        checksum sum;
        std::string rest = out;
        put16(rest, 0);
        rest += address_bytes(from.ip) + address_bytes(to.ip);
        sum.add(rest);
        put16(out, sum.value());
    } else {
        put8(out, 0x60);
        put8(out, 0);
        put16(out, 0);
        put16(out, static_cast<unsigned>(length));
        put8(out, 17);
        put8(out, 64);
    }
    return out + address_bytes(from.ip) + address_bytes(to.ip);
}

std::string frame(const traced_message& message, const sip::endpoint& local) {
    const bool is_in = message.way == traced_message::direction::in;
    const auto& from = is_in ? message.hop.remote : local;
    const auto& to = is_in ? local : message.hop.remote;
    const auto payload = std::string_view(message.bytes).substr(0, max_payload);
    const auto datagram = udp_datagram(from, to, payload);
    // Locally administered addresses (IEEE 802): 02:00:00:00:00:01 is the edge.
    const std::string edge("\x02\0\0\0\0\x01", 6);
    const std::string other("\x02\0\0\0\0\x02", 6);
    std::string out = is_in ? edge + other : other + edge;
    put16(out, from.ip.is_v4() ? 0x0800U : 0x86ddU);
    return out + ip_header(from, to, datagram.size()) + datagram;
}

}  // namespace

std::string capture_file(
    const std::deque<traced_message>& messages, std::span<const sip::endpoint> listeners
) {
    std::string out;
    put_little32(out, 0xa1b2c3d4U);  // times in microseconds
    put_little16(out, 2);
    put_little16(out, 4);
    put_little32(out, 0);
    put_little32(out, 0);
    put_little32(out, 262144);
    put_little32(out, 1);  // LINKTYPE_ETHERNET
    for (const auto& message : messages) {
        sip::endpoint local;
        if (message.hop.listener < listeners.size()) {
            local = listeners[message.hop.listener];
        }
        if (local.ip.is_v4() != message.hop.remote.ip.is_v4()) {
            local.ip = message.hop.remote.ip;  // no frame has addresses of two families
        }
        const auto bytes = frame(message, local);
        const auto wall_us = static_cast<std::uint64_t>(message.at.wall_ms) * 1000;
        put_little32(out, wall_us / 1'000'000);
        put_little32(out, wall_us % 1'000'000);
        put_little32(out, bytes.size());
        put_little32(out, bytes.size());
        out += bytes;
    }
    return out;
}

}  // namespace sipha::admin
