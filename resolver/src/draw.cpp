#include "resolver/src/draw.hpp"

#include <sipha/resolver/options.hpp>

namespace sipha::resolver {

std::uint64_t seed_from(std::string_view key) {
    return detail::keyed_draw(0, key).next();
}

}  // namespace sipha::resolver
