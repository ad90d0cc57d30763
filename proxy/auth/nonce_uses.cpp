#include "proxy/auth/nonce_uses.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace sipha::auth {

nonce_uses::nonce_uses(std::size_t max_nonces, std::uint32_t lifetime_s)
    : max_sets_(std::bit_ceil(std::max<std::size_t>(1, max_nonces / ways))),
      lifetime_s_(lifetime_s) {}

nonce_uses::entry_set& nonce_uses::set_of(std::uint64_t number) {
    // Numbers count up, so neighbours fill neighbouring sets evenly.
    return sets_[number & (sets_.size() - 1)];
}

bool nonce_uses::mark(entry& in, std::uint32_t count) {
    if (count > in.highest) {
        const auto ahead = count - in.highest;
        in.seen = ahead >= window ? 1 : in.seen << ahead | 1;
        in.highest = count;
        return true;
    }
    const auto behind = in.highest - count;
    // Too far behind to know: refused, since it may have been used.
    if (behind >= window || (in.seen >> behind & 1) != 0) {
        return false;
    }
    in.seen |= std::uint64_t{1} << behind;
    return true;
}

bool nonce_uses::place(const entry& what, std::uint32_t now_s) {
    auto& set = set_of(what.number);
    auto* oldest = &set.entries[0];
    for (auto& each : set.entries) {
        const bool is_over =
            each.issued_s != 0 && now_s > each.issued_s && now_s - each.issued_s > lifetime_s_;
        if (each.issued_s == 0 || is_over) {
            size_ += each.issued_s == 0 ? 1u : 0u;
            each = what;
            return true;
        }
        if (each.issued_s < oldest->issued_s) {
            oldest = &each;
        }
    }
    if (sets_.size() < max_sets_) {
        return false;
    }
    set.used_up_to_s = std::max(set.used_up_to_s, oldest->issued_s);
    *oldest = what;
    return true;
}

void nonce_uses::grow() {
    auto old = std::exchange(sets_, {});
    sets_.resize(old.size() * 2);
    size_ = 0;
    for (const auto& set : old) {
        for (const auto& each : set.entries) {
            // Never fails: the entries of one set go to two.
            if (each.issued_s != 0) {
                place(each, 0);
            }
        }
    }
}

bool nonce_uses::use(
    std::uint64_t number, std::uint32_t issued_s, std::uint32_t count, std::uint32_t now_s
) {
    if (sets_.empty()) {
        sets_.resize(1);
    }
    auto& set = set_of(number);
    for (auto& each : set.entries) {
        if (each.issued_s == issued_s && each.number == number) {
            return mark(each, count);
        }
    }
    if (issued_s <= set.used_up_to_s) {
        return false;
    }
    const entry fresh{number, 1, issued_s, count};
    while (!place(fresh, now_s)) {
        grow();
    }
    return true;
}

}  // namespace sipha::auth
