#include "sipha/resolver/prober.hpp"

namespace sipha::resolver {

prober::~prober() = default;

}  // namespace sipha::resolver
