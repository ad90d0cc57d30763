#include "resolver/src/secure_random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace sipha::resolver::detail {

std::uint64_t secure_random::operator()() {
    if (left_ == 0) {
        // Up to 256 octets come whole and without interruption (getrandom(2)).
        if (getrandom(batch_.data(), sizeof batch_, 0) != static_cast<ssize_t>(sizeof batch_)) {
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        left_ = batch_.size();
    }
    return batch_[--left_];
}

}  // namespace sipha::resolver::detail
