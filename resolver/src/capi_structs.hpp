#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

#include <sipha/resolver.h>
#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/health.hpp>
#include <sipha/resolver/options.hpp>
#include <sipha/resolver/resolution.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver::detail {

/// True when every byte is zero.
bool is_zero(const unsigned char* bytes, std::size_t count);

/// A caller's structure in the form this library knows (rule 6 of resolver.h): what an older caller
/// lacks is zero, what a newer one has beyond must be zero. @param from null gives all zero.
/// @returns nothing when the size or the part beyond is not acceptable.
template <class Struct>
std::optional<Struct> read_struct(const Struct* from) {
    Struct result{};
    if (from != nullptr) {
        std::uint32_t size = 0;
        std::memcpy(&size, from, sizeof size);
        if (size < sizeof size || size > SIPHA_MAX_STRUCT) {
            return std::nullopt;
        }
        const auto* bytes = reinterpret_cast<const unsigned char*>(from);
        if (size > sizeof result && !is_zero(bytes + sizeof result, size - sizeof result)) {
            return std::nullopt;
        }
        std::memcpy(&result, bytes, size < sizeof result ? size : sizeof result);
    }
    result.size = sizeof result;
    return result;
}

/// True when the caller's `size` can be filled.
template <class Struct>
bool is_fillable(const Struct* to) {
    return to != nullptr && to->size >= sizeof to->size && to->size <= SIPHA_MAX_STRUCT;
}

/// Fills a caller's structure as far as it reaches and keeps its `size`; what this library does not
/// know becomes zero. @param to must be fillable.
template <class Struct>
void write_struct(const Struct& value, Struct* to) {
    const std::uint32_t size = to->size;
    auto* bytes = reinterpret_cast<unsigned char*>(to);
    std::memcpy(bytes, &value, size < sizeof value ? size : sizeof value);
    if (size > sizeof value) {
        std::memset(bytes + sizeof value, 0, size - sizeof value);
    }
    std::memcpy(bytes, &size, sizeof size);
}

/// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]" or "[2001:db8::53]:53".
std::optional<dns_server> parse_server(std::string_view text);
/// @returns nothing when a field is out of range or no address.
std::optional<engine_options> to_engine_options(const sipha_config& config);
/// @returns nothing when a field names no known value.
std::optional<lookup_options> to_lookup_options(const sipha_options& options);

/// @returns nothing when a field is out of range.
std::optional<via_target> to_via_target(const sipha_via& via);

/// @param now what the expiry is relative to.
sipha_candidate to_struct(const candidate& place, time_point now);
/// Everything but what the C API counts itself.
sipha_metrics to_struct(const metrics& counted);
/// The part of a candidate that names a place; ranks and expiry are not read back.
/// @returns nothing when transport, family or port are out of range.
std::optional<candidate> to_candidate(const sipha_candidate& place);

/// What a caller experienced, and where.
struct place_report {
    candidate place;
    outcome what;
};
/// @returns nothing when a structure is null, broken, or of unknown values.
std::optional<place_report> read_report(const sipha_candidate* place, const sipha_outcome* what);

/// The status of an error of the resolver's category; SIPHA_EINTERNAL for any other.
std::int32_t to_status(const std::error_code& error);

}  // namespace sipha::resolver::detail
