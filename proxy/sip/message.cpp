#include "proxy/sip/message.hpp"

#include <algorithm>

#include "proxy/sip/values.hpp"

namespace sipha::sip {

const header* message::find(header_id id) const {
    const auto index = first_[static_cast<std::size_t>(id)];
    return index < header_count_ ? &headers_[index] : nullptr;
}

const header* message::find(header_id id, std::size_t n) const {
    const auto first = first_[static_cast<std::size_t>(id)];
    if (n != 0 && id != header_id::other && !is_repeated(id)) {
        return nullptr;
    }
    for (std::size_t i = first; i < header_count_; ++i) {
        if (headers_[i].id == id && n-- == 0) {
            return &headers_[i];
        }
    }
    return nullptr;
}

std::size_t message::count(header_id id) const {
    const auto all = headers();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [id](const header& one) {
        return one.id == id;
    }));
}

const via* message::top_via() const {
    if (top_via_state_ == reading::not_yet) {
        const auto* const field = find(header_id::via);
        auto rest = field == nullptr ? std::string_view() : field->value;
        const auto first = next_value(rest);
        const auto found = first ? parse_via(*first) : std::nullopt;
        top_via_state_ = found ? reading::good : reading::malformed;
        if (found) {
            top_via_ = *found;
        }
    }
    return top_via_state_ == reading::good ? &top_via_ : nullptr;
}

std::optional<parse_error> message::parse_headers(std::string_view& rest) {
    first_.fill(no_header);
    repeated_ = 0;
    top_via_state_ = reading::not_yet;
    while (!rest.starts_with("\r\n")) {
        if (rest.empty() || rest == "\r") {
            return parse_error::unterminated_headers;
        }
        if (header_count_ == max_headers) {
            return parse_error::too_many_headers;
        }
        auto& field = headers_[header_count_];
        if (const auto error = scan_header(rest, field)) {
            return error;
        }
        auto& first = first_[static_cast<std::size_t>(field.id)];
        if (first == no_header) {
            first = static_cast<std::uint8_t>(header_count_);
        } else if (field.id != header_id::other) {
            repeated_ |= std::uint64_t{1} << static_cast<unsigned>(field.id);
        }
        content_length_.see(field);
        ++header_count_;
    }
    return std::nullopt;
}

std::optional<parse_error> message::parse(std::string_view bytes) {
    // RFC 3261 7.5: line ends before the start line are ignored.
    while (bytes.starts_with("\r\n")) {
        bytes.remove_prefix(2);
    }
    if (bytes.empty()) {
        return parse_error::empty;
    }
    auto rest = bytes;
    if (const auto error = scan_start_line(rest, start_)) {
        return error;
    }
    if (const auto error = parse_headers(rest)) {
        return error;
    }
    header_end_ = rest.data();
    body_ = rest.substr(2);
    const auto available = body_.size();
    if (content_length_.frames()) {
        // RFC 3261 18.3: octets beyond Content-Length are no part of the message.
        body_ = body_.substr(0, content_length_.octets());
    }
    bytes_ = bytes.substr(0, bytes.size() - (available - body_.size()));
    if (content_length_.frames() && content_length_.octets() > available) {
        return parse_error::truncated_body;
    }
    return std::nullopt;
}

std::optional<parse_error> parse_message(std::string_view bytes, message& out) {
    const auto clear = [&out] {
        out.start_ = {};
        out.bytes_ = out.body_ = {};
        out.header_end_ = "";
        out.content_length_ = {};
        out.header_count_ = 0;
        out.top_via_state_ = message::reading::not_yet;
    };
    clear();
    const auto error = out.parse(bytes);
    if (error && *error != parse_error::truncated_body) {
        clear();
    }
    return error;
}

}  // namespace sipha::sip
