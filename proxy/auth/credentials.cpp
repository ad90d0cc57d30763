#include "proxy/auth/credentials.hpp"

#include <algorithm>
#include <array>

#include "proxy/sip/cursor.hpp"
#include "proxy/sip/text.hpp"

namespace sipha::auth {

namespace {

/// One name = value of the comma list; `is_end` at its end.
struct next_parameter {
    std::string_view name = {};
    std::string_view value = {};
    bool is_end = false;
};

/// @returns nothing when what follows is no parameter.
std::optional<next_parameter> take_parameter(sip::cursor& at, bool is_first) {
    at.skip_lws();
    if (at.at_end()) {
        return is_first ? std::nullopt : std::optional(next_parameter{.is_end = true});
    }
    if (!is_first && !at.accept_separator(',')) {
        return std::nullopt;
    }
    next_parameter found;
    found.name = at.take_token();
    if (found.name.empty() || !at.accept_separator('=')) {
        return std::nullopt;
    }
    if (const auto quoted = at.take_quoted_string()) {
        found.value = quoted->substr(1, quoted->size() - 2);
    } else {
        found.value = at.take_token();
        if (found.value.empty()) {
            return std::nullopt;
        }
    }
    // A control byte in a quoted string is no qdtext (RFC 3261 25.1).
    const bool is_clean = std::none_of(found.value.begin(), found.value.end(), [](char c) {
        return sip::is_control(c) && c != '\t';
    });
    return is_clean ? std::optional(found) : std::nullopt;
}

bool is_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return sip::hex_value(c) >= 0; });
}

/// The parameters that may stand once, and where they go.
struct slots {
    credentials& out;
    std::string_view algorithm;
    std::string_view qop;
    std::string_view userhash;
    std::string_view extended_username;

    struct slot {
        std::string_view name;
        std::string_view* value;
    };
    std::array<slot, 11> all() {
        return {
            {{"username", &out.username},
             {"realm", &out.realm},
             {"nonce", &out.nonce},
             {"uri", &out.uri},
             {"response", &out.response},
             {"cnonce", &out.cnonce},
             {"nc", &out.nc},
             {"algorithm", &algorithm},
             {"qop", &qop},
             {"userhash", &userhash},
             {"username*", &extended_username}}};
    }
};

/// Fills the slots. @returns false when the list is broken or a slot is given twice.
bool read_parameters(sip::cursor& at, slots& into) {
    const auto table = into.all();
    std::array<bool, table.size()> is_given{};
    for (std::size_t count = 0;; ++count) {
        const auto one = take_parameter(at, count == 0);
        if (!one || count > max_credentials_parameters) {
            return false;
        }
        if (one->is_end) {
            return true;
        }
        for (std::size_t i = 0; i < table.size(); ++i) {
            if (!sip::equal_ignoring_case(one->name, table[i].name)) {
                continue;
            }
            // Of two values one element would check the first and another one the second.
            if (is_given[i]) {
                return false;
            }
            is_given[i] = true;
            *table[i].value = one->value;
        }
    }
}

bool are_complete(const slots& read) {
    const auto& out = read.out;
    const bool has_all = !out.username.empty() && !out.realm.empty() && !out.nonce.empty() &&
                         !out.uri.empty() && !out.response.empty() && !out.cnonce.empty();
    // RFC 7616 3.4: the challenge had a qop, so the answer must have one too, out of the offered.
    return has_all && sip::equal_ignoring_case(read.qop, "auth") &&
           read.extended_username.empty() &&
           (read.userhash.empty() || sip::equal_ignoring_case(read.userhash, "false"));
}

bool read_count(credentials& out) {
    if (out.nc.size() != 8 || !is_hex(out.nc)) {
        return false;
    }
    for (const char c : out.nc) {
        out.count = out.count << 4 | static_cast<std::uint32_t>(sip::hex_value(c));
    }
    return out.count != 0;  // RFC 7616 3.4: the first request has 00000001
}

}  // namespace

credentials_form parse_credentials(std::string_view value, credentials& out) {
    out = {};
    sip::cursor at(value);
    at.skip_lws();
    if (!sip::equal_ignoring_case(at.take_token(), "Digest")) {
        return credentials_form::other;
    }
    if (value.size() > max_credentials_octets || !sip::is_lws(at.peek())) {
        return credentials_form::malformed;
    }
    slots read{out, {}, {}, {}, {}};
    if (!read_parameters(at, read) || !are_complete(read) || !read_count(out)) {
        return credentials_form::malformed;
    }
    if (!read.algorithm.empty()) {
        out.algorithm = parse_algorithm(read.algorithm);
    }
    const bool is_response =
        is_hex(out.response) &&
        (!out.algorithm || out.response.size() == 2 * digest_octets(*out.algorithm));
    return is_response ? credentials_form::complete : credentials_form::malformed;
}

std::string_view realm_of(std::string_view value) {
    sip::cursor at(value);
    at.skip_lws();
    at.take_token();
    for (std::size_t count = 0; count <= max_credentials_parameters; ++count) {
        const auto one = take_parameter(at, count == 0);
        if (!one || one->is_end) {
            break;
        }
        if (sip::equal_ignoring_case(one->name, "realm")) {
            return one->value;
        }
    }
    return {};
}

}  // namespace sipha::auth
