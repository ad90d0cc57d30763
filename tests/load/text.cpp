#include "tests/load/text.hpp"

#include <charconv>
#include <vector>

namespace sipha::load {

namespace {

constexpr std::string_view line_end = "\r\n";

/// Calls take(line with its end) for each header line called `name`.
template <class Take>
void each_line(std::string_view message, std::string_view name, Take take) {
    const auto headers = message.substr(0, message.find("\r\n\r\n") + 2);
    auto at = headers.find(line_end);
    while (at != std::string_view::npos && at + 2 < headers.size()) {
        const auto begin = at + 2;
        at = headers.find(line_end, begin);
        if (at == std::string_view::npos) {
            return;
        }
        const auto line = headers.substr(begin, at + 2 - begin);
        if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':') {
            if (!take(line)) {
                return;
            }
        }
    }
}

std::string_view value_in(std::string_view line, std::string_view name) {
    auto value = line.substr(name.size() + 1);
    value.remove_suffix(2);
    while (value.starts_with(' ')) {
        value.remove_prefix(1);
    }
    return value;
}

}  // namespace

std::string_view value_of(std::string_view message, std::string_view name) {
    std::string_view found;
    each_line(message, name, [&](std::string_view line) {
        found = value_in(line, name);
        return false;
    });
    return found;
}

void append_lines(std::string& out, std::string_view message, std::string_view name) {
    each_line(message, name, [&](std::string_view line) {
        out += line;
        return true;
    });
}

std::string routes_of(std::string_view response) {
    std::vector<std::string_view> routes;
    each_line(response, "Record-Route", [&](std::string_view line) {
        auto rest = value_in(line, "Record-Route");
        while (!rest.empty()) {
            const auto end = rest.find('>');
            if (end == std::string_view::npos) {
                break;
            }
            routes.push_back(rest.substr(0, end + 1));
            const auto next = rest.find('<', end);
            rest = next == std::string_view::npos ? std::string_view() : rest.substr(next);
        }
        return true;
    });
    std::string lines;
    for (auto each = routes.rbegin(); each != routes.rend(); ++each) {
        lines += "Route: ";
        lines += *each;
        lines += line_end;
    }
    return lines;
}

int status_of(std::string_view message) {
    int status = 0;
    if (message.starts_with("SIP/2.0 ") && message.size() > 11) {
        std::from_chars(message.data() + 8, message.data() + 11, status);
    }
    return status;
}

std::size_t framed_size(std::string_view stream) {
    const auto end = stream.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        return 0;
    }
    const auto length = value_of(stream, "Content-Length");
    std::size_t body = 0;
    std::from_chars(length.data(), length.data() + length.size(), body);
    return end + 4 + body <= stream.size() ? end + 4 + body : 0;
}

}  // namespace sipha::load
