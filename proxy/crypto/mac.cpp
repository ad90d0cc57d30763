#include "proxy/crypto/mac.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cassert>
#include <new>

namespace sipha::crypto {

void mac::context_deleter::operator()(evp_mac_ctx_st* context) const {
    EVP_MAC_CTX_free(context);
}

mac::mac(std::string_view key) {
    EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    if (hmac == nullptr) {
        throw std::bad_alloc();
    }
    keyed_.reset(EVP_MAC_CTX_new(hmac));
    EVP_MAC_free(hmac);
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    // An empty key would mean "keep the previous key" to OpenSSL; HMAC pads with zeros, so one zero
    // octet is the same key.
    const auto* octets = reinterpret_cast<const unsigned char*>(key.empty() ? "" : key.data());
    const auto length = key.empty() ? std::size_t{1} : key.size();
    if (!keyed_ || EVP_MAC_init(keyed_.get(), octets, length, params) != 1) {
        throw std::bad_alloc();
    }
}

mac::~mac() = default;
mac::mac(mac&&) noexcept = default;
mac& mac::operator=(mac&&) noexcept = default;

mac_tag mac::sign(std::string_view purpose, std::span<const std::string_view> parts) const {
    // Re-initialising with a null key restarts under the key that is already expanded.
    [[maybe_unused]] int done = EVP_MAC_init(keyed_.get(), nullptr, 0, nullptr);
    assert(done == 1);
    const auto update = [this](std::string_view text) {
        const auto length = static_cast<std::uint32_t>(text.size());
        const unsigned char prefix[] = {
            static_cast<unsigned char>(length >> 24),
            static_cast<unsigned char>(length >> 16),
            static_cast<unsigned char>(length >> 8),
            static_cast<unsigned char>(length)};
        EVP_MAC_update(keyed_.get(), prefix, sizeof prefix);
        EVP_MAC_update(
            keyed_.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()
        );
    };
    update(purpose);
    for (const auto part : parts) {
        update(part);
    }
    mac_tag tag{};
    std::size_t written = 0;
    done = EVP_MAC_final(keyed_.get(), tag.data(), &written, tag.size());
    assert(done == 1 && written == tag.size());
    return tag;
}

std::uint64_t mac::sign64(std::string_view purpose, std::span<const std::string_view> parts) const {
    const auto tag = sign(purpose, parts);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        number = number << 8 | tag[i];
    }
    return number;
}

bool equal_in_constant_time(
    std::span<const std::uint8_t> left, std::span<const std::uint8_t> right
) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace sipha::crypto
