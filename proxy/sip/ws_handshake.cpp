#include "proxy/sip/ws_handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>

#include "proxy/sip/text.hpp"

namespace sipha::sip {

namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view blank_line = "\r\n\r\n";
constexpr std::string_view subprotocol = "sip";  // RFC 7118 4.1

/// The fields of the request that matter.
struct fields {
    std::string_view key;
    std::string_view version;
    std::string_view origin;
    bool has_host = false;
    bool has_upgrade = false;
    bool has_connection = false;
    bool has_subprotocol = false;
    bool is_repeated = false;  ///< a field that must stand once stands twice
};

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Whether a comma-separated list has this token, in any case.
bool has_token(std::string_view list, std::string_view token) {
    while (true) {
        const auto comma = list.find(',');
        if (equal_ignoring_case(trim(list.substr(0, comma)), token)) {
            return true;
        }
        if (comma == std::string_view::npos) {
            return false;
        }
        list.remove_prefix(comma + 1);
    }
}

void take_once(std::string_view& place, std::string_view value, fields& out) {
    out.is_repeated = out.is_repeated || !place.empty();
    place = value;
}

void take_field(std::string_view name, std::string_view value, fields& out) {
    if (equal_ignoring_case(name, "Host")) {
        out.has_host = true;
    } else if (equal_ignoring_case(name, "Upgrade")) {
        out.has_upgrade = out.has_upgrade || has_token(value, "websocket");
    } else if (equal_ignoring_case(name, "Connection")) {
        out.has_connection = out.has_connection || has_token(value, "Upgrade");
    } else if (equal_ignoring_case(name, "Sec-WebSocket-Key")) {
        take_once(out.key, value, out);
    } else if (equal_ignoring_case(name, "Sec-WebSocket-Version")) {
        take_once(out.version, value, out);
    } else if (equal_ignoring_case(name, "Sec-WebSocket-Protocol")) {
        out.has_subprotocol = out.has_subprotocol || has_token(value, subprotocol);
    } else if (equal_ignoring_case(name, "Origin")) {
        take_once(out.origin, value, out);
    }
}

/// @returns nothing when a line is no field.
std::optional<fields> read_fields(std::string_view lines) {
    fields out;
    while (!lines.empty()) {
        const auto end = lines.find(line_end);
        const auto line = lines.substr(0, end);
        lines.remove_prefix(end + line_end.size());
        const auto colon = line.find(':');
        // RFC 7230 3.2.4: neither folded lines nor a space in front of the colon.
        if (colon == 0 || colon == std::string_view::npos ||
            line.substr(0, colon).find_first_of(" \t\r\n") != std::string_view::npos ||
            std::any_of(line.begin(), line.end(), [](char c) {
                return is_control(c) && c != '\t';
            })) {
            return std::nullopt;
        }
        take_field(line.substr(0, colon), trim(line.substr(colon + 1)), out);
    }
    return out;
}

/// RFC 6455 4.1 step 7: 16 octets in base64.
bool is_key(std::string_view key) {
    const auto is_base64 = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
    };
    return key.size() == 24 && key.ends_with("==") &&
           std::all_of(key.begin(), key.end() - 2, is_base64);
}

ws_handshake refuse(std::string_view status_line, std::string_view reason) {
    ws_handshake out;
    out.what = ws_handshake::state::refused;
    out.reason = reason;
    out.response = "HTTP/1.1 ";
    out.response += status_line;
    out.response +=
        "\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Connection: Upgrade, close\r\nContent-Type: text/plain\r\nContent-Length: ";
    out.response += std::to_string(reason.size() + 1);
    out.response += blank_line;
    out.response += reason;
    out.response += '\n';
    return out;
}

bool is_origin_let_in(std::string_view origin, std::span<const std::string> origins) {
    return origins.empty() || std::any_of(origins.begin(), origins.end(), [&](const auto& known) {
               return equal_ignoring_case(known, origin);
           });
}

std::optional<ws_handshake> check_request_line(std::string_view line) {
    const auto method_end = line.find(' ');
    const auto target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || target_end <= method_end + 1 ||
        !line.substr(target_end + 1).starts_with("HTTP/1.") ||
        line.substr(method_end + 1, target_end - method_end - 1).find(' ') !=
            std::string_view::npos) {
        return refuse("400 Bad Request", "The request line is not one of HTTP/1.1.");
    }
    if (line.substr(0, method_end) != "GET") {
        return refuse("405 Method Not Allowed", "A WebSocket is opened with GET (RFC 6455 4.1).");
    }
    if (line.substr(target_end + 1) == "HTTP/1.0") {
        return refuse("426 Upgrade Required", "A WebSocket needs HTTP/1.1 (RFC 6455 4.1).");
    }
    return std::nullopt;
}

}  // namespace

std::string ws_accept_of(std::string_view key) {
    std::string text(key);
    text += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 32> encoded{};
    const int length = EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

ws_handshake read_ws_handshake(std::string_view bytes, std::span<const std::string> origins) {
    const auto end = bytes.substr(0, max_ws_handshake_bytes).find(blank_line);
    if (end == std::string_view::npos) {
        if (bytes.size() < max_ws_handshake_bytes) {
            return {};
        }
        return refuse(
            "431 Request Header Fields Too Large", "The request is longer than 8192 octets."
        );
    }
    const auto head = bytes.substr(0, end + line_end.size());
    const auto first_end = head.find(line_end);
    if (auto refusal = check_request_line(head.substr(0, first_end))) {
        return std::move(*refusal);
    }
    const auto found = read_fields(head.substr(first_end + line_end.size()));
    if (!found || found->is_repeated || !found->has_host) {
        return refuse("400 Bad Request", "A header field is malformed, repeated or missing.");
    }
    if (!found->has_upgrade || !found->has_connection) {
        return refuse("426 Upgrade Required", "This port speaks SIP over WebSocket (RFC 7118).");
    }
    if (found->version != "13") {
        return refuse(
            "426 Upgrade Required", "Only WebSocket version 13 is spoken (RFC 6455 4.4)."
        );
    }
    if (!is_key(found->key)) {
        return refuse("400 Bad Request", "Sec-WebSocket-Key is not 16 octets in base64.");
    }
    if (!found->has_subprotocol) {
        return refuse(
            "400 Bad Request", "Sec-WebSocket-Protocol does not offer sip (RFC 7118 4.1)."
        );
    }
    if (!is_origin_let_in(found->origin, origins)) {
        return refuse("403 Forbidden", "This Origin is not let in.");
    }
    ws_handshake out;
    out.what = ws_handshake::state::accepted;
    out.consumed = end + blank_line.size();
    out.response =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ";
    out.response += ws_accept_of(found->key);
    out.response += "\r\nSec-WebSocket-Protocol: sip\r\n\r\n";
    return out;
}

}  // namespace sipha::sip
