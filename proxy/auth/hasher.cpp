#include "proxy/auth/hasher.hpp"

#include <openssl/evp.h>

#include <cassert>
#include <stdexcept>

#include "proxy/sip/text.hpp"

namespace sipha::auth {

namespace {

constexpr std::size_t index_of(algorithm which) {
    return static_cast<std::size_t>(which);
}

constexpr std::array<const char*, all_algorithms.size()> openssl_names{
    "SHA512-256", "SHA256", "MD5"};

}  // namespace

void hasher::md_deleter::operator()(evp_md_st* md) const {
    EVP_MD_free(md);
}
void hasher::context_deleter::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

hasher::hasher() : context_(EVP_MD_CTX_new()) {
    for (std::size_t i = 0; i < algorithms_.size(); ++i) {
        algorithms_[i].reset(EVP_MD_fetch(nullptr, openssl_names[i], nullptr));
    }
    if (!context_ || !has(algorithm::sha256) || !has(algorithm::sha512_256)) {
        throw std::runtime_error("OpenSSL offers no SHA-256; load its default provider");
    }
}

hasher::~hasher() = default;
hasher::hasher(hasher&&) noexcept = default;
hasher& hasher::operator=(hasher&&) noexcept = default;

bool hasher::has(algorithm which) const {
    return algorithms_[index_of(which)] != nullptr;
}

digest hasher::hash(algorithm which, std::span<const std::string_view> parts) const {
    [[maybe_unused]] int done =
        EVP_DigestInit_ex(context_.get(), algorithms_[index_of(which)].get(), nullptr);
    assert(done == 1);
    bool is_first = true;
    for (const auto part : parts) {
        if (!is_first) {
            EVP_DigestUpdate(context_.get(), ":", 1);
        }
        is_first = false;
        EVP_DigestUpdate(context_.get(), part.data(), part.size());
    }
    digest out{};
    done = EVP_DigestFinal_ex(context_.get(), out.data(), nullptr);
    assert(done == 1);
    return out;
}

std::string_view hasher::hash_text(
    algorithm which, std::span<const std::string_view> parts, digest_text& out
) const {
    const auto octets = hash(which, parts);
    return to_hex(std::span(octets).first(digest_octets(which)), out);
}

std::string_view to_hex(std::span<const std::uint8_t> octets, std::span<char> out) {
    constexpr char digits[] = "0123456789abcdef";
    assert(out.size() >= octets.size() * 2);
    std::size_t at = 0;
    for (const auto octet : octets) {
        out[at++] = digits[octet >> 4];
        out[at++] = digits[octet & 0xf];
    }
    return {out.data(), at};
}

bool from_hex(std::string_view text, std::span<std::uint8_t> out) {
    if (text.size() != out.size() * 2) {
        return false;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int high = sip::hex_value(text[2 * i]);
        const int low = sip::hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

}  // namespace sipha::auth
