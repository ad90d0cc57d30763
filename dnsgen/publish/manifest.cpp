#include "dnsgen/publish/manifest.hpp"

#include <charconv>

#include "dnsgen/publish/sha256.hpp"

namespace sipha::dnsgen {

namespace {

constexpr std::size_t digest_length = 64;

/// Takes "name VALUE\n" off the front of `text`.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view name) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(name)) {
        return std::nullopt;
    }
    const auto value = text.substr(name.size(), end - name.size());
    text.remove_prefix(end + 1);
    return value;
}

std::string file_lines(const file_set& set) {
    std::string lines;
    for (const auto& [path, content] : set.files) {
        lines += "sha256 " + sha256_hex(content) + " " + path + "\n";
    }
    return lines;
}

}  // namespace

std::string content_digest(const file_set& set) {
    return sha256_hex(file_lines(set));
}

std::string make_manifest(const file_set& set, std::uint32_t serial, std::string_view digest) {
    return "serial " + std::to_string(serial) + "\ncontent " + std::string(digest) + "\n" +
           file_lines(set);
}

std::optional<published_serial> read_manifest(std::string_view text) {
    const auto number = take_line(text, "serial ");
    const auto digest = take_line(text, "content ");
    if (!number || !digest || digest->size() != digest_length) {
        return std::nullopt;
    }
    published_serial result{0, std::string(*digest)};
    const auto [end, problem] =
        std::from_chars(number->data(), number->data() + number->size(), result.serial);
    if (problem != std::errc{} || end != number->data() + number->size()) {
        return std::nullopt;
    }
    return result;
}

}  // namespace sipha::dnsgen
