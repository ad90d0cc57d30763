#include "proxy/shell/clock.hpp"

#include <chrono>

namespace sipha::shell {

timing::time_point mono_now() {
    return std::chrono::steady_clock::now();
}

timing::instant now() {
    using std::chrono::milliseconds;
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    return {mono_now(), std::chrono::duration_cast<milliseconds>(wall).count()};
}

}  // namespace sipha::shell
