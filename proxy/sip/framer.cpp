#include "proxy/sip/framer.hpp"

#include <algorithm>

#include "proxy/sip/content_length.hpp"
#include "proxy/sip/header_scanner.hpp"
#include "proxy/sip/start_line.hpp"

namespace sipha::sip {

namespace {

constexpr std::string_view blank_line = "\r\n\r\n";

}  // namespace

framer::event framer::fail(std::string_view why) {
    error_text_ = why;
    buffer_.clear();
    consumed_ = 0;
    return event::error;
}

framer::event framer::refuse(int status, std::string_view why, std::size_t head_bytes) {
    error_text_ = why;
    error_status_ = status;
    buffer_ = unread().substr(0, head_bytes);
    consumed_ = 0;
    return event::error;
}

bool framer::is_inside_message() const {
    return !blank_line.starts_with(unread());
}

void framer::push(std::string_view bytes) {
    if (!error_text_.empty()) {
        return;
    }
    buffer_.erase(0, consumed_);
    consumed_ = 0;
    if (buffer_.size() > limits_.max_header_bytes + limits_.max_body_bytes) {
        fail("bytes were pushed while complete messages were waiting");
        return;
    }
    buffer_.append(bytes);
}

/// Finds the end of the headers and from it the size of the message.
framer::event framer::measure() {
    const auto window = unread().substr(0, limits_.max_header_bytes);
    // The blank line may have begun in the last three octets of the previous push.
    const auto found = window.find(blank_line, searched_ - std::min<std::size_t>(searched_, 3));
    if (found == std::string_view::npos) {
        searched_ = window.size();
        if (window.size() < limits_.max_header_bytes) {
            return event::need_more;
        }
        const auto last_line_end = window.rfind("\r\n");
        return refuse(
            513,
            "the headers are longer than the limit",
            last_line_end == std::string_view::npos ? 0 : last_line_end + 2
        );
    }
    const auto header_bytes = found + blank_line.size();
    auto rest = window.substr(0, header_bytes);
    start_line first;
    if (const auto error = scan_start_line(rest, first)) {
        return fail(to_text(*error));
    }
    content_length length;
    header field;
    while (rest != "\r\n") {
        if (const auto error = scan_header(rest, field)) {
            return fail(to_text(*error));
        }
        length.see(field);
    }
    // RFC 3261 18.3: on a stream only Content-Length tells where the message ends.
    switch (length.state()) {
        case content_length_state::absent:
            return refuse(
                400, "Content-Length is missing, which a stream cannot do without", header_bytes
            );
        case content_length_state::malformed:
            return refuse(400, "Content-Length is not a number below 2^32", header_bytes);
        case content_length_state::conflicting:
            return refuse(400, "two Content-Length fields contradict each other", header_bytes);
        case content_length_state::valid:
        case content_length_state::repeated:
            break;
    }
    if (length.octets() > limits_.max_body_bytes) {
        return refuse(413, "Content-Length exceeds the limit for bodies", header_bytes);
    }
    message_size_ = header_bytes + length.octets();
    return event::message;
}

framer::event framer::next(std::string_view& message) {
    if (!error_text_.empty()) {
        return event::error;
    }
    while (message_size_ == 0) {
        const auto rest = unread();
        if (rest.empty() || rest == "\r") {
            return event::need_more;
        }
        if (!rest.starts_with("\r\n")) {
            if (const auto outcome = measure(); outcome != event::message) {
                return outcome;
            }
            break;
        }
        if (rest.starts_with(blank_line)) {
            consumed_ += blank_line.size();
            return event::ping;
        }
        if (blank_line.starts_with(rest)) {
            return event::need_more;
        }
        consumed_ += 2;  // RFC 3261 7.5: a line end before the start line means nothing
    }
    if (unread().size() < message_size_) {
        return event::need_more;
    }
    message = unread().substr(0, message_size_);
    consumed_ += message_size_;
    message_size_ = 0;
    searched_ = 0;
    return event::message;
}

}  // namespace sipha::sip
