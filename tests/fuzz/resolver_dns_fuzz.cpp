#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include <sipha/resolver/options.hpp>

#include "resolver/src/dns_message.hpp"
#include "resolver/src/names.hpp"

// Reads the input as the answer to the question it carries, and to one it does not carry. Beyond
// not crashing it claims: an answer is failed exactly when it says why, every name in it can be
// asked, and nothing in it exceeds its limit.

namespace {

using namespace sipha::resolver;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

/// The name in the question section as text; "" when there is none.
std::string asked_name(std::span<const std::uint8_t> message) {
    constexpr std::size_t header_bytes = 12;
    std::string name;
    for (auto at = header_bytes; at < message.size() && message[at] != 0;) {
        const std::size_t length = message[at++];
        if (length > detail::max_label_length || at + length > message.size()) {
            return {};
        }
        name += name.empty() ? "" : ".";
        std::transform(
            message.begin() + static_cast<std::ptrdiff_t>(at),
            message.begin() + static_cast<std::ptrdiff_t>(at + length),
            std::back_inserter(name),
            [](std::uint8_t octet) { return detail::to_lower(static_cast<char>(octet)); }
        );
        at += length;
    }
    return name;
}

/// Empty is the root: no service, or no replacement.
bool can_be_asked(const std::string& name) {
    return name.empty() || detail::normalise_name(name) == name;
}

void read_answer(const question& asked, std::span<const std::uint8_t> message) {
    const auto answer = detail::decode_answer(asked, message);
    require((answer.status == answer_status::failed) == static_cast<bool>(answer.error));
    require(answer.ttl_s <= detail::max_ttl_s);
    require(answer.addresses.size() <= detail::max_records_per_answer);
    require(answer.srv.size() <= detail::max_records_per_answer);
    require(answer.naptr.size() <= detail::max_records_per_answer);
    require(answer.glue.size() <= 2 * detail::max_glue_hosts);
    require(can_be_asked(answer.alias_of));
    for (const auto& record : answer.srv) {
        require(can_be_asked(record.target));
    }
    for (const auto& record : answer.naptr) {
        require(can_be_asked(record.replacement));
    }
    for (const auto& glue : answer.glue) {
        require(can_be_asked(glue.about.name) && !glue.addresses.empty());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span message(data, size);
    detail::rcode_of(message);
    const auto name = asked_name(message);
    for (const auto type :
         {record_type::a, record_type::aaaa, record_type::srv, record_type::naptr}) {
        read_answer({name, type}, message);
    }
    read_answer({"_sip._udp.ex", record_type::srv}, message);
    if (detail::normalise_name(name) == name) {
        require(!detail::encode_query(1, {name, record_type::a}, detail::edns_use::on).empty());
    }
    return 0;
}
