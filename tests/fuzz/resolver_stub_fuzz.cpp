#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "resolver/stub/wire.hpp"

// Reads the input as what a phone sends to sipha-stub and answers it. Beyond not crashing it
// claims: whatever can be read gets a reply of its own id that fits, and a response gets none.

namespace {

using namespace sipha::resolver;
using namespace sipha::resolver::stub;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

void require_reply(std::span<const std::uint8_t> reply, std::uint16_t id, std::size_t limit) {
    require(reply.size() >= header_bytes && reply.size() <= limit);
    require(is_response(reply) && message_id(reply) == id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span message(data, size);
    const auto asked = parse_query(message);
    if (asked.kind == query_kind::not_query) {
        return 0;
    }
    if (asked.kind == query_kind::faulty) {
        require_reply(build_failure(message, asked.fault), message_id(message), max_message_bytes);
        return 0;
    }
    stub_reply reply;
    reply.result = verdict::answered;
    for (std::uint16_t rank = 1; rank <= 40; ++rank) {
        reply.answer.push_back({"_sip._udp.ex", srv_record{rank, 1, 5060, "h1.ex"}});
    }
    require_reply(build_reply(asked, reply, 2, asked.udp_bytes), asked.id, asked.udp_bytes);
    return 0;
}
