#include "proxy/sip/stream_codec.hpp"

#include <algorithm>

#include "proxy/sip/builder.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"
#include "proxy/sip/ws_handshake.hpp"

namespace sipha::sip {

namespace {

constexpr std::string_view crlf = "\r\n";

/// RFC 3261 18.3.
class length_codec final : public stream_codec {
  public:
    length_codec(const endpoint& remote, const framer_limits& limits)
        : remote_(remote), framer_(limits) {}

    void push(std::string_view bytes) override { framer_.push(bytes); }
    event next(std::string_view& bytes) override {
        switch (framer_.next(bytes)) {
            case framer::event::need_more:
                break;
            case framer::event::message:
                return event::message;
            case framer::event::ping:
                bytes = crlf;  // RFC 5626 4.4.1: a double CRLF is answered with a single one
                return event::pong;
            case framer::event::error:
                refusal_ =
                    framer_.error_status() == 0
                        ? std::string()
                        : refuse_unframed(framer_.error_head(), framer_.error_status(), remote_);
                bytes = refusal_;
                return event::error;
        }
        return event::need_more;
    }
    std::string_view error_text() const override { return framer_.error_text(); }
    bool is_inside_message() const override { return framer_.is_inside_message(); }
    bool is_open() const override { return true; }
    ws_frame_header header_for(std::string_view) const override { return {}; }
    std::string_view farewell() const override { return {}; }

  private:
    endpoint remote_;
    framer framer_;
    std::string refusal_;
};

/// RFC 7118: the opening handshake, then one SIP message in each WebSocket message.
class ws_codec final : public stream_codec {
  public:
    ws_codec(const framer_limits& limits, const std::vector<std::string>& origins)
        : origins_(&origins), reader_(limits.max_header_bytes + limits.max_body_bytes) {}

    void push(std::string_view bytes) override {
        if (is_open_) {
            reader_.push(bytes);
        } else {
            opening_.append(bytes);
        }
    }
    event next(std::string_view& bytes) override {
        if (has_ended_) {
            bytes = {};
            return event::error;
        }
        return is_open_ ? next_frame(bytes) : next_opening(bytes);
    }
    std::string_view error_text() const override { return error_text_; }
    bool is_inside_message() const override {
        return is_open_ ? reader_.is_inside_message() : !opening_.empty();
    }
    bool is_open() const override { return is_open_; }
    ws_frame_header header_for(std::string_view message) const override {
        return ws_header(ws_opcode_for(message), message.size());
    }
    std::string_view farewell() const override {
        static const std::string going_away = ws_close_frame(ws_close::going_away);
        return is_open_ && !has_ended_ ? std::string_view(going_away) : std::string_view();
    }

  private:
    event next_opening(std::string_view& bytes) {
        auto outcome = read_ws_handshake(opening_, *origins_);
        reply_ = std::move(outcome.response);
        bytes = reply_;
        switch (outcome.what) {
            case ws_handshake::state::need_more:
                break;
            case ws_handshake::state::accepted:
                is_open_ = true;
                reader_.push(std::string_view(opening_).substr(outcome.consumed));
                std::string().swap(opening_);
                return event::answer;
            case ws_handshake::state::refused:
                return fail(outcome.reason);
        }
        return event::need_more;
    }
    event next_frame(std::string_view& bytes) {
        for (;;) {
            switch (reader_.next(bytes)) {
                case ws_reader::event::need_more:
                    return event::need_more;
                case ws_reader::event::pong:
                    continue;  // RFC 6455 5.5.3: it may come unasked
                case ws_reader::event::message:
                    if (is_line_ends(bytes)) {
                        // RFC 7118 6, RFC 5626 4.4.1: a single CRLF is the answer to our own.
                        if (bytes.size() < 4) {
                            continue;
                        }
                        return write(ws_opcode::text, crlf, bytes, event::pong);
                    }
                    return event::message;
                case ws_reader::event::ping:
                    return write(ws_opcode::pong, std::string(bytes), bytes, event::pong);
                case ws_reader::event::close:
                    has_ended_ = true;  // RFC 6455 5.5.1: echo the status code
                    return write(
                        ws_opcode::close, std::string(bytes.substr(0, 2)), bytes, event::ended
                    );
                case ws_reader::event::error:
                    reply_ = ws_close_frame(reader_.error_code());
                    bytes = reply_;
                    return fail(reader_.error_text());
            }
        }
    }
    event write(ws_opcode opcode, std::string_view payload, std::string_view& bytes, event what) {
        reply_ = ws_header(opcode, payload.size()).bytes();
        reply_ += payload;
        bytes = reply_;
        return what;
    }
    event fail(std::string_view why) {
        has_ended_ = true;
        error_text_ = why;
        return event::error;
    }
    static bool is_line_ends(std::string_view text) {
        return text.find_first_not_of("\r\n") == std::string_view::npos;
    }

    const std::vector<std::string>* origins_;
    std::string opening_;  ///< of the handshake, at most its limit and one push
    ws_reader reader_;
    std::string reply_;
    std::string_view error_text_;
    bool is_open_ = false;
    bool has_ended_ = false;
};

}  // namespace

std::unique_ptr<stream_codec> make_stream_codec(
    const endpoint& remote, const framer_limits& limits, const std::vector<std::string>& origins
) {
    if (is_web_socket(remote.transport)) {
        return std::make_unique<ws_codec>(limits, origins);
    }
    return std::make_unique<length_codec>(remote, limits);
}

std::string refuse_unframed(std::string_view head, int status, const endpoint& remote) {
    std::string text(head);
    if (!text.ends_with("\r\n\r\n")) {
        text += crlf;
    }
    message request;
    const auto error = parse_message(text, request);
    if ((error && *error != parse_error::truncated_body) || !request.is_request() ||
        request.method() == method::ack) {
        return {};
    }
    const auto* top = request.find(header_id::via);
    auto values = top == nullptr ? std::string_view() : top->value;
    const auto first = next_value(values);
    const auto via = first ? parse_via(*first) : std::nullopt;
    if (!via) {
        return {};
    }
    const auto with_source = via_with_source(*via, remote);
    response_options options;
    options.status = status;
    options.to_tag = "unframed";  // RFC 3261 8.2.7: without state, the same for every copy
    options.top_via = with_source;
    if (status == 400) {
        options.reason = "Content-Length Missing Or Malformed";
    }
    std::string out;
    append_response(out, request, options);
    return out;
}

}  // namespace sipha::sip
