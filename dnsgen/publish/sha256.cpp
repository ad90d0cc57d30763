#include "dnsgen/publish/sha256.hpp"

#include <openssl/evp.h>

#include <array>

namespace sipha::dnsgen {

std::string sha256_hex(std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(data.data(), data.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
        return {};
    }
    constexpr std::string_view letters = "0123456789abcdef";
    std::string result;
    for (unsigned index = 0; index < length; ++index) {
        result += letters[digest[index] >> 4];
        result += letters[digest[index] & 15];
    }
    return result;
}

}  // namespace sipha::dnsgen
