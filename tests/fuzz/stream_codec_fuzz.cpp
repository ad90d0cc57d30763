#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/sip/stream_codec.hpp"

// The first octet chooses the transport, the rest is the stream; a WebSocket begins with a good
// handshake, so that frames are reached. Claims: the events do not depend on how the stream was
// cut, and nothing follows an end.

namespace {

using namespace sipha::sip;
using event = stream_codec::event;

std::vector<std::pair<event, std::string>> read(
    transport over, std::string_view bytes, std::size_t chunk
) {
    static const std::vector<std::string> origins;
    const auto codec = make_stream_codec({over, {}, 5060}, {2048, 2048}, origins);
    std::vector<std::pair<event, std::string>> seen;
    while (!bytes.empty()) {
        codec->push(bytes.substr(0, chunk));
        bytes.remove_prefix(std::min(chunk, bytes.size()));
        for (;;) {
            std::string_view text;
            const auto what = codec->next(text);
            if (what == event::need_more) {
                break;
            }
            seen.emplace_back(what, std::string(text));
            if (what == event::error || what == event::ended) {
                return seen;
            }
        }
    }
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const auto over = (data[0] & 1) == 0 ? transport::tcp : transport::ws;
    std::string bytes;
    if ((data[0] & 3) == 3) {
        bytes =
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n";
    }
    bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(over, bytes, bytes.size() + 1);
    if (read(over, bytes, 1) != whole || read(over, bytes, bytes.size() % 37 + 1) != whole) {
        std::abort();
    }
    return 0;
}
