#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <sipha/resolver/address.hpp>

/// Host names that the stub makes up: one name, one address.
namespace sipha::resolver::stub {

/// Names below this label of a served domain belong to the stub.
inline constexpr std::string_view synthetic_zone = "sipha-stub";

/// "192-0-2-1" or "2001-db8-0-0-0-0-0-1": the octets (the groups) of an address as one label of
/// letters, digits and hyphens, at most 39 of them (RFC 1123 2.1).
std::string label_of(const address& ip);
/// Inverse of `label_of`. @returns nothing for any other text.
std::optional<address> address_of_label(std::string_view label);

/// "192-0-2-1.sipha-stub.example.com". The name carries the address, so that it can be answered
/// at any time, also when the address has left the list since.
std::string synthetic_name(const address& ip, std::string_view domain);
/// True when the longest such name fits below the domain (RFC 1035 2.3.4).
bool has_room_for_synthetic_names(std::string_view domain);

}  // namespace sipha::resolver::stub
