#include "proxy/auth/algorithm.hpp"

#include "proxy/sip/text.hpp"

namespace sipha::auth {

std::string_view to_text(algorithm value) {
    switch (value) {
        case algorithm::sha512_256:
            return "SHA-512-256";
        case algorithm::sha256:
            return "SHA-256";
        case algorithm::md5:
            break;
    }
    return "MD5";
}

std::optional<algorithm> parse_algorithm(std::string_view text) {
    for (const auto each : all_algorithms) {
        if (sip::equal_ignoring_case(text, to_text(each))) {
            return each;
        }
    }
    return std::nullopt;
}

}  // namespace sipha::auth
