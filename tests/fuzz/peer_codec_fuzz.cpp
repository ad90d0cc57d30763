#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/cluster/codec.hpp"
#include "proxy/cluster/engine.hpp"
#include "proxy/cluster/frame_reader.hpp"

// Bytes of a peer: first as one message, then as a stream given to an engine by a stranger.

namespace {

using namespace sipha;
using namespace sipha::cluster;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

void decode_one(std::string_view message) {
    const auto first = decode(message);
    if (!first) {
        return;
    }
    // What was understood can be said, and is understood the same way.
    std::string bytes;
    if (!encode(first->what, bytes)) {
        return;  // shorter forms of numbers make it smaller, never larger, than what was read
    }
    const auto second = decode(std::string_view(bytes).substr(frame_prefix_size));
    require(second && second->what == first->what && !second->has_unknown_fields);
}

void feed_stranger(std::string_view bytes) {
    crypto::random random("fuzz");
    engine node({{1}, "test", {{{2}, "b"}}, "secret", {}}, 1, random, {});
    link_outbox links;
    std::vector<event> events;
    const timing::instant now{timing::time_point(std::chrono::hours(1)), 1};
    node.opened(now, 1, {}, {links, events});
    const auto half = bytes.size() / 2;
    node.received(now, 1, bytes.substr(0, half), {links, events});
    node.received(now, 1, bytes.substr(half), {links, events});
    node.advance(now, {links, events});
    require(!node.is_alive({2}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    decode_one(bytes);
    feed_stranger(bytes);
    return 0;
}
