#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/sip/framer.hpp"
#include "proxy/sip/message.hpp"
#include "tests/fuzz/require.hpp"

// The input as a stream (RFC 3261 18.3), cut in several ways: the events are always the same, what
// is cut out is one whole message, and what waits stays within the limits.

namespace {

using namespace sipha::sip;
using sipha::fuzz::require;

struct seen_event {
    framer::event what = framer::event::need_more;
    std::string text;
    bool operator==(const seen_event&) const = default;
};

/// @param next_chunk gives the size of the next push.
template <class NextChunk>
std::vector<seen_event> read_stream(std::string_view bytes, NextChunk next_chunk) {
    framer stream({4096, 4096});
    std::vector<seen_event> events;
    while (!bytes.empty()) {
        const auto chunk = std::min(next_chunk(), bytes.size());
        stream.push(bytes.substr(0, chunk));
        bytes.remove_prefix(chunk);
        for (;;) {
            std::string_view message;
            const auto what = stream.next(message);
            if (what == framer::event::need_more) {
                break;
            }
            if (what == framer::event::error) {
                events.push_back({what, std::string(stream.error_text())});
                require(stream.next(message) == framer::event::error);
                return events;
            }
            events.push_back({what, std::string(message)});
        }
    }
    return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto whole = read_stream(bytes, [&] { return size; });
    require(read_stream(bytes, [] { return std::size_t{1}; }) == whole);
    // Chunks as the input itself says.
    std::size_t at = 0;
    const auto drawn = [&] { return std::size_t{data[at++ % size]} % 97 + 1; };
    require(read_stream(bytes, drawn) == whole);
    for (const auto& one : whole) {
        if (one.what == framer::event::message) {
            message view;
            const auto error = parse_message(one.text, view);
            // What the framer cut is one whole message, or has more headers than are taken.
            require(error == parse_error::too_many_headers || (!error && view.bytes() == one.text));
        }
    }
    return 0;
}
