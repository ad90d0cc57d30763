#include "tests/resolver/support/error_word.hpp"

#include <utility>

#include <sipha/resolver/errors.hpp>

namespace sipha::resolver::test {
namespace {

constexpr std::pair<errc, const char*> error_words[] = {
    {errc::bad_uri, "bad_uri"},
    {errc::bad_name, "bad_name"},
    {errc::transport_conflict, "transport_conflict"},
    {errc::transport_unsupported, "transport_unsupported"},
    {errc::family_unsupported, "family_unsupported"},
    {errc::not_found, "not_found"},
    {errc::no_candidates, "no_candidates"},
    {errc::no_addresses, "no_addresses"},
    {errc::service_not_available, "service_not_available"},
    {errc::alias_loop, "alias_loop"},
    {errc::dns_temporary, "dns_temporary"},
    {errc::dns_timeout, "dns_timeout"},
    {errc::dns_unreachable, "dns_unreachable"},
    {errc::dns_malformed, "dns_malformed"},
    {errc::too_many_lookups, "too_many_lookups"},
    {errc::cancelled, "cancelled"},
    {errc::aborted, "aborted"},
};

}  // namespace

std::string error_word(const std::error_code& error) {
    for (const auto& [value, text] : error_words) {
        if (error == value) {
            return text;
        }
    }
    return error ? error.message() : "success";
}

}  // namespace sipha::resolver::test
