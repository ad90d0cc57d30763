#include "resolver/src/idna.hpp"

#if SIPHA_HAS_IDN2
#include <idn2.h>
#endif

namespace sipha::resolver::detail {

#if SIPHA_HAS_IDN2

bool has_idna() noexcept {
    return true;
}

std::optional<std::string> to_a_labels(std::string_view name) {
    if (name.find('\0') != std::string_view::npos) {
        return std::nullopt;  // the library would see only what stands before it
    }
    char* label = nullptr;
    const int status =
        idn2_to_ascii_8z(std::string(name).c_str(), &label, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    if (status != IDN2_OK) {
        return std::nullopt;
    }
    std::string out(label);
    idn2_free(label);
    return out;
}

#else

bool has_idna() noexcept {
    return false;
}

std::optional<std::string> to_a_labels(std::string_view) {
    return std::nullopt;
}

#endif

}  // namespace sipha::resolver::detail
