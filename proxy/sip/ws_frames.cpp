#include "proxy/sip/ws_frames.hpp"

#include <algorithm>
#include <utility>

namespace sipha::sip {

namespace {

constexpr std::size_t mask_bytes = 4;
constexpr std::size_t max_control_bytes = 125;  // RFC 6455 5.5
constexpr unsigned length_in_2 = 126;
constexpr unsigned length_in_8 = 127;

unsigned octet(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

/// Octets of the UTF-8 sequence at the front of `text`; 0 when it is none.
std::size_t utf8_sequence(std::string_view text) {
    const auto first = octet(text, 0);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size) {
        return 0;
    }
    const auto second = octet(text, 1);
    const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) {
        return 0;
    }
    for (std::size_t i = 2; i < size; ++i) {
        if ((octet(text, i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

bool is_control_frame(ws_opcode opcode) {
    return (static_cast<unsigned>(opcode) & 0x8) != 0;
}

/// RFC 6455 7.4.1, 7.4.2: what may stand in a Close frame.
bool is_close_code(unsigned code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto size = utf8_sequence(text);
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

ws_opcode ws_opcode_for(std::string_view message) {
    return is_utf8(message) ? ws_opcode::text : ws_opcode::binary;
}

ws_frame_header ws_header(ws_opcode opcode, std::size_t payload_bytes) {
    ws_frame_header out;
    const auto put = [&](std::size_t value) {
        out.storage[out.size++] = static_cast<char>(value & 0xff);
    };
    put(0x80 | static_cast<unsigned>(opcode));
    // RFC 6455 5.2: always the shortest form of the length.
    if (payload_bytes < length_in_2) {
        put(payload_bytes);
    } else if (payload_bytes <= 0xffff) {
        put(length_in_2);
        put(payload_bytes >> 8);
        put(payload_bytes);
    } else {
        put(length_in_8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            put(static_cast<std::uint64_t>(payload_bytes) >> shift);
        }
    }
    return out;
}

std::string ws_close_frame(ws_close code) {
    std::string out(ws_header(ws_opcode::close, 2).bytes());
    out += static_cast<char>(static_cast<unsigned>(code) >> 8);
    out += static_cast<char>(static_cast<unsigned>(code) & 0xff);
    return out;
}

ws_reader::event ws_reader::fail(ws_close code, std::string_view why) {
    error_code_ = code;
    error_text_ = why;
    buffer_.clear();
    message_.clear();
    consumed_ = 0;
    return event::error;
}

void ws_reader::push(std::string_view bytes) {
    if (!error_text_.empty()) {
        return;
    }
    buffer_.erase(0, consumed_);
    consumed_ = 0;
    buffer_.append(bytes);
}

ws_reader::header_state ws_reader::read_header(frame& out) {
    const auto rest = std::string_view(buffer_).substr(consumed_);
    if (rest.size() < 2) {
        return header_state::need_more;
    }
    const auto first = octet(rest, 0);
    const auto second = octet(rest, 1);
    if ((first & 0x70) != 0) {
        fail(ws_close::protocol_error, "a reserved bit is set without an extension");
        return header_state::wrong;
    }
    out.is_final = (first & 0x80) != 0;
    out.opcode = static_cast<ws_opcode>(first & 0x0f);
    if ((second & 0x80) == 0) {
        // RFC 6455 5.1: a server must not take unmasked frames.
        fail(ws_close::protocol_error, "a client's frame is not masked");
        return header_state::wrong;
    }
    if (!check_opcode(out)) {
        return header_state::wrong;
    }
    const auto short_length = second & 0x7f;
    if (is_control_frame(out.opcode) && (short_length > max_control_bytes || !out.is_final)) {
        fail(ws_close::protocol_error, "a control frame is longer than 125 octets or fragmented");
        return header_state::wrong;
    }
    const std::size_t extra = short_length == length_in_8 ? 8 : short_length == length_in_2 ? 2 : 0;
    if (rest.size() < 2 + extra) {
        return header_state::need_more;
    }
    std::uint64_t length = short_length;
    if (extra != 0) {
        length = 0;
        for (std::size_t i = 0; i < extra; ++i) {
            length = length << 8 | octet(rest, 2 + i);
        }
        if (length < length_in_2 || (extra == 8 && length <= 0xffff)) {
            fail(ws_close::protocol_error, "a frame's length is not in its shortest form");
            return header_state::wrong;
        }
    }
    const auto room =
        is_control_frame(out.opcode) ? max_control_bytes : max_message_bytes_ - message_.size();
    if (length > room) {
        fail(ws_close::too_big, "a message is longer than the limit");
        return header_state::wrong;
    }
    out.header_bytes = 2 + extra + mask_bytes;
    out.payload_bytes = static_cast<std::size_t>(length);
    return rest.size() < out.header_bytes + out.payload_bytes ? header_state::need_more
                                                              : header_state::complete;
}

bool ws_reader::check_opcode(const frame& what) {
    switch (what.opcode) {
        case ws_opcode::continuation:
            if (!is_fragmented_) {
                fail(ws_close::protocol_error, "a continuation follows no fragment");
                return false;
            }
            return true;
        case ws_opcode::text:
        case ws_opcode::binary:
            if (is_fragmented_) {
                fail(ws_close::protocol_error, "a message begins inside a fragmented one");
                return false;
            }
            return true;
        case ws_opcode::close:
        case ws_opcode::ping:
        case ws_opcode::pong:
            return true;
    }
    fail(ws_close::protocol_error, "an opcode is not known");
    return false;
}

std::string_view ws_reader::unmask(const frame& what) {
    const auto mask_at = consumed_ + what.header_bytes - mask_bytes;
    const auto payload_at = consumed_ + what.header_bytes;
    for (std::size_t i = 0; i < what.payload_bytes; ++i) {
        buffer_[payload_at + i] =
            static_cast<char>(buffer_[payload_at + i] ^ buffer_[mask_at + i % mask_bytes]);
    }
    consumed_ = payload_at + what.payload_bytes;
    return std::string_view(buffer_).substr(payload_at, what.payload_bytes);
}

ws_reader::event ws_reader::take_control(const frame& what, std::string_view& payload) {
    payload = unmask(what);
    if (what.opcode == ws_opcode::ping) {
        return event::ping;
    }
    if (what.opcode == ws_opcode::pong) {
        return event::pong;
    }
    if (!payload.empty() &&
        (payload.size() < 2 || !is_close_code(octet(payload, 0) << 8 | octet(payload, 1)))) {
        return fail(ws_close::protocol_error, "a Close frame has no valid code");
    }
    if (!is_utf8(payload.substr(std::min<std::size_t>(2, payload.size())))) {
        return fail(ws_close::not_utf8, "the reason of a Close frame is not UTF-8");
    }
    return event::close;
}

ws_reader::event ws_reader::take_data(const frame& what, std::string_view& payload) {
    if (what.opcode != ws_opcode::continuation) {
        is_text_ = what.opcode == ws_opcode::text;
    }
    const bool is_alone = what.is_final && !is_fragmented_;
    payload = unmask(what);
    if (!is_alone) {
        message_.append(payload);
        is_fragmented_ = !what.is_final;
        payload = message_;
    }
    if (!what.is_final) {
        return event::need_more;
    }
    is_message_handed_out_ = !is_alone;
    if (is_text_ && !is_utf8(payload)) {
        return fail(ws_close::not_utf8, "a text message is not UTF-8");  // RFC 6455 8.1
    }
    return event::message;
}

ws_reader::event ws_reader::next(std::string_view& payload) {
    if (is_message_handed_out_) {
        message_.clear();
        is_message_handed_out_ = false;
    }
    if (!error_text_.empty()) {
        return event::error;
    }
    for (;;) {
        frame what;
        const auto state = read_header(what);
        if (state != header_state::complete) {
            return state == header_state::wrong ? event::error : event::need_more;
        }
        if (is_control_frame(what.opcode)) {
            return take_control(what, payload);
        }
        if (const auto outcome = take_data(what, payload); outcome != event::need_more) {
            return outcome;
        }
    }
}

}  // namespace sipha::sip
