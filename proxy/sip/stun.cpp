#include "proxy/sip/stun.hpp"

#include <algorithm>

namespace sipha::sip {

namespace {

constexpr std::size_t header_bytes = 20;
constexpr std::size_t attribute_header_bytes = 4;
constexpr std::size_t fingerprint_bytes = 8;
constexpr std::string_view cookie("\x21\x12\xa4\x42", 4);

constexpr std::uint16_t binding_request = 0x0001;
constexpr std::uint16_t binding_success = 0x0101;
constexpr std::uint16_t binding_error = 0x0111;

constexpr std::uint16_t error_code = 0x0009;
constexpr std::uint16_t unknown_attributes = 0x000a;
constexpr std::uint16_t xor_mapped_address = 0x0020;
constexpr std::uint16_t fingerprint = 0x8028;
/// RFC 5389 15: from here on attributes may be ignored.
constexpr std::uint16_t first_optional = 0x8000;
constexpr std::uint32_t fingerprint_mask = 0x5354554e;  // RFC 5389 15.5

std::uint16_t read16(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(
        static_cast<unsigned char>(bytes[at]) << 8 | static_cast<unsigned char>(bytes[at + 1])
    );
}

std::uint32_t read32(std::string_view bytes, std::size_t at) {
    return std::uint32_t{read16(bytes, at)} << 16 | read16(bytes, at + 2);
}

/// CRC-32 of ITU V.42 (RFC 5389 15.5), bit by bit: a message has few octets.
std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t value = 0xffffffff;
    for (const char byte : bytes) {
        value ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            value = value >> 1 ^ ((value & 1) != 0 ? 0xedb88320u : 0u);
        }
    }
    return ~value;
}

class writer {
  public:
    writer(stun_answer& out, std::uint16_t type, std::string_view request) : out_(out) {
        put16(type);
        put16(0);
        put(request.substr(4, header_bytes - 4));  // cookie and transaction id
    }
    void put(std::string_view bytes) {
        out_.size += bytes.copy(out_.storage.data() + out_.size, out_.storage.size() - out_.size);
    }
    void put8(unsigned value) {
        const char byte = static_cast<char>(value);
        put({&byte, 1});
    }
    void put16(unsigned value) {
        put8(value >> 8 & 0xff);
        put8(value & 0xff);
    }
    void put32(std::uint32_t value) {
        put16(value >> 16);
        put16(value & 0xffff);
    }
    void set_length(std::size_t length) {
        out_.storage[2] = static_cast<char>(length >> 8);
        out_.storage[3] = static_cast<char>(length & 0xff);
    }
    void finish(bool with_fingerprint) {
        const auto attributes = out_.size - header_bytes;
        if (!with_fingerprint) {
            set_length(attributes);
            return;
        }
        // RFC 5389 15.5: the length counts the FINGERPRINT before the CRC is taken.
        set_length(attributes + fingerprint_bytes);
        const auto crc = crc32(out_.bytes()) ^ fingerprint_mask;
        put16(fingerprint);
        put16(4);
        put32(crc);
    }

  private:
    stun_answer& out_;
};

/// What the attributes of a request ask for.
struct asked {
    std::array<std::uint16_t, max_stun_unknown_attributes> unknown{};
    std::size_t unknown_count = 0;
    bool has_fingerprint = false;
};

bool is_known(std::uint16_t type) {
    // RFC 5389 18.2, and RFC 5389 15.1 MAPPED-ADDRESS. Credentials are read past: RFC 5626 8 has a
    // phone's keepalive without them.
    constexpr std::array<std::uint16_t, 8> known = {
        0x0001, 0x0006, 0x0008, 0x0009, 0x000a, 0x0014, 0x0015, 0x0020};
    return type >= first_optional || std::find(known.begin(), known.end(), type) != known.end();
}

std::optional<asked> read_attributes(std::string_view datagram) {
    asked out;
    std::size_t at = header_bytes;
    while (at < datagram.size()) {
        if (datagram.size() - at < attribute_header_bytes || out.has_fingerprint) {
            return std::nullopt;  // RFC 5389 15.5: FINGERPRINT is the last one
        }
        const auto type = read16(datagram, at);
        const std::size_t length = read16(datagram, at + 2);
        const auto padded = (length + 3) / 4 * 4;  // RFC 5389 15
        if (datagram.size() - at - attribute_header_bytes < padded) {
            return std::nullopt;
        }
        if (type == fingerprint) {
            const auto right = crc32(datagram.substr(0, at)) ^ fingerprint_mask;
            if (length != 4 || read32(datagram, at + attribute_header_bytes) != right) {
                return std::nullopt;
            }
            out.has_fingerprint = true;
        } else if (!is_known(type) && out.unknown_count < out.unknown.size()) {
            out.unknown[out.unknown_count++] = type;
        }
        at += attribute_header_bytes + padded;
    }
    return out;
}

/// RFC 5389 15.2: the address XORed with the cookie and, for IPv6, the transaction id after it.
void put_address(writer& to, std::string_view request, const endpoint& source) {
    const auto octets = source.ip.bytes();
    to.put16(xor_mapped_address);
    to.put16(static_cast<unsigned>(4 + octets.size()));
    to.put8(0);
    to.put8(source.ip.is_v4() ? 1 : 2);
    to.put16(source.port ^ read16(cookie, 0));
    for (std::size_t i = 0; i < octets.size(); ++i) {
        to.put8(static_cast<unsigned char>(octets[i] ^ static_cast<unsigned char>(request[4 + i])));
    }
}

void put_unknown(writer& to, const asked& what) {
    to.put16(error_code);
    to.put16(4);
    to.put16(0);
    to.put16(0x0414);  // class 4, number 20 (RFC 5389 15.6); without a phrase it stays small
    to.put16(unknown_attributes);
    to.put16(static_cast<unsigned>(2 * what.unknown_count));
    for (std::size_t i = 0; i < what.unknown_count; ++i) {
        to.put16(what.unknown[i]);
    }
    if (what.unknown_count % 2 != 0) {
        to.put16(0);
    }
}

}  // namespace

bool is_stun(std::string_view datagram) {
    return datagram.size() >= header_bytes && datagram.size() <= max_stun_request_bytes &&
           (static_cast<unsigned char>(datagram[0]) & 0xc0) == 0 &&
           datagram.substr(4, 4) == cookie && read16(datagram, 2) == datagram.size() - header_bytes;
}

std::optional<stun_answer> answer_stun(std::string_view datagram, const endpoint& source) {
    if (read16(datagram, 0) != binding_request) {
        return std::nullopt;
    }
    const auto what = read_attributes(datagram);
    if (!what) {
        return std::nullopt;
    }
    stun_answer out;
    writer to(out, what->unknown_count == 0 ? binding_success : binding_error, datagram);
    if (what->unknown_count == 0) {
        put_address(to, datagram, source);
    } else {
        put_unknown(to, *what);  // RFC 5389 7.3.1
    }
    to.finish(what->has_fingerprint);
    return out;
}

}  // namespace sipha::sip
