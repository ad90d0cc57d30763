#include "proxy/auth/nonce.hpp"

#include <span>

namespace sipha::auth {

namespace {

constexpr std::uint64_t number_mask = (std::uint64_t{1} << 56) - 1;

void put(std::span<std::uint8_t> out, std::uint64_t number) {
    for (std::size_t i = out.size(); i-- > 0; number >>= 8) {
        out[i] = static_cast<std::uint8_t>(number & 0xff);
    }
}

std::uint64_t get(std::span<const std::uint8_t> octets) {
    std::uint64_t number = 0;
    for (const auto octet : octets) {
        number = number << 8 | octet;
    }
    return number;
}

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> make_values() {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}
constexpr auto values = make_values();

/// base64url (RFC 4648 5); three octets make four characters, and nothing is left over.
void append_base64(std::string& out, std::span<const std::uint8_t> octets) {
    for (std::size_t i = 0; i + 3 <= octets.size(); i += 3) {
        const auto bits = get(octets.subspan(i, 3));
        for (const int shift : {18, 12, 6, 0}) {
            out += digits[bits >> shift & 0x3f];
        }
    }
}

/// @param text 4 / 3 as long as `out`. @returns false when a character is none of the digits.
bool decode_base64(std::string_view text, std::span<std::uint8_t> out) {
    for (std::size_t i = 0; i + 3 <= out.size(); i += 3) {
        std::uint64_t bits = 0;
        for (const char c : text.substr(i / 3 * 4, 4)) {
            const auto value = values[static_cast<unsigned char>(c)];
            if (value < 0) {
                return false;
            }
            bits = bits << 6 | static_cast<std::uint64_t>(value);
        }
        put(out.subspan(i, 3), bits);
    }
    return true;
}

}  // namespace

nonce_codec::nonce_codec(
    const crypto::mac& key, std::chrono::seconds lifetime, std::uint64_t first_number
)
    : first_half_(key, "nonce first half"),
      second_half_(key, "nonce second half"),
      source_key_(key, "nonce source"),
      lifetime_(lifetime),
      next_number_(first_number) {}

std::uint32_t nonce_codec::source_mark(const geo::ip_address& source) const {
    const auto address = source.bytes();
    const std::string_view text(reinterpret_cast<const char*>(address.data()), address.size());
    return static_cast<std::uint32_t>(source_key_.sign(text) & 0xffffff);
}

nonce_codec::octets nonce_codec::seal(octets what, std::string_view realm) const {
    const std::array parts{
        std::string_view(reinterpret_cast<const char*>(what.data()), payload_octets), realm};
    const std::span all(what);
    put(all.subspan<payload_octets, 8>(), first_half_.sign(parts));
    put(all.last<8>(), second_half_.sign(parts));
    return what;
}

void nonce_codec::append(
    std::string& out, std::int64_t wall_ms, std::string_view realm, const geo::ip_address& to
) {
    static_assert(nonce_size * 3 == 4 * std::tuple_size_v<octets>);
    octets what{};
    const std::span all(what);
    put(all.subspan<0, 4>(), static_cast<std::uint64_t>(wall_ms / 1000));
    put(all.subspan<4, 7>(), next_number_++ & number_mask);
    put(all.subspan<11, 3>(), source_mark(to));
    append_base64(out, seal(what, realm));
}

nonce_facts nonce_codec::read(
    std::string_view nonce,
    std::int64_t wall_ms,
    std::string_view realm,
    const geo::ip_address& from
) const {
    nonce_facts facts;
    octets given{};
    if (nonce.size() != nonce_size || !decode_base64(nonce, given) ||
        !crypto::equal_in_constant_time(seal(given, realm), given)) {
        return facts;
    }
    const std::span<const std::uint8_t> all(given);
    facts.issued_s = static_cast<std::uint32_t>(get(all.subspan<0, 4>()));
    facts.number = get(all.subspan<4, 7>());
    facts.is_of_source = get(all.subspan<11, 3>()) == source_mark(from);
    const std::chrono::seconds age(wall_ms / 1000 - std::int64_t{facts.issued_s});
    facts.what = age > lifetime_ || age < -clock_tolerance ? nonce_facts::state::stale
                                                           : nonce_facts::state::good;
    return facts;
}

}  // namespace sipha::auth
