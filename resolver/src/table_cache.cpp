#include "resolver/src/table_cache.hpp"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "resolver/src/plan.hpp"
#include "resolver/src/uri.hpp"

namespace sipha::resolver::detail {
namespace {

/// What of the options decides which table a lookup finds. The seed does not: it draws from it.
auto figures(const lookup_options& of) {
    return std::tuple(
        of.families, of.naptr_scope, of.naptr, of.srv_names, of.ws_srv_names, is_too_big_for_udp(of)
    );
}

bool is_same_source(const source_address& left, const source_address& right) {
    return left.ip == right.ip && left.prefix_length == right.prefix_length;
}

}  // namespace

table_cache::key table_cache::key_of(std::string_view uri) {
    const auto colon = uri.find(':');
    if (colon == std::string_view::npos) {
        return {{}, uri};
    }
    const auto scheme = uri.substr(0, colon + 1);
    const auto rest = uri.substr(colon + 1);
    // "sip:@host" is no URI although "sip:host" is one: its '@' stays, and it finds nothing.
    const auto at = rest.find('@');
    return {scheme, at == 0 || at == std::string_view::npos ? rest : rest.substr(at + 1)};
}

std::uint64_t table_cache::hash_of(const key& of, const lookup_options& options) {
    constexpr auto spread = 0x9e3779b97f4a7c15ULL;
    auto hash = std::uint64_t{std::hash<std::string_view>{}(of.rest)} ^ of.scheme.size();
    for (const auto through : options.transports) {
        hash = (hash ^ static_cast<std::uint64_t>(through)) * spread;
    }
    const auto small = static_cast<std::uint64_t>(options.families) |
                       static_cast<std::uint64_t>(options.naptr_scope) << 8 |
                       static_cast<std::uint64_t>(options.naptr) << 16 |
                       static_cast<std::uint64_t>(options.srv_names) << 24 |
                       static_cast<std::uint64_t>(options.ws_srv_names) << 32;
    hash = (hash ^ small) * spread + (is_too_big_for_udp(options) ? 1 : 0);
    return hash ^ hash >> 32;
}

bool table_cache::is_same(const entry& item, const key& of, const lookup_options& options) {
    return item.rest == of.rest && item.scheme == of.scheme &&
           item.options.transports == options.transports &&
           figures(item.options) == figures(options) &&
           std::equal(
               item.options.source_addresses.begin(),
               item.options.source_addresses.end(),
               options.source_addresses.begin(),
               options.source_addresses.end(),
               is_same_source
           );
}

const stored_route_ptr* table_cache::find(
    time_point now, std::string_view uri, const lookup_options& options
) const {
    if (entries_.empty() || uri.size() > max_uri_length) {
        return nullptr;
    }
    const auto wanted = key_of(uri);
    const auto found = entries_.find(hash_of(wanted, options));
    const bool is_usable = found != entries_.end() && now < found->second.fresh_until &&
                           is_same(found->second, wanted, options);
    return is_usable ? &found->second.route : nullptr;
}

void table_cache::store(
    std::string_view uri,
    const lookup_options& options,
    stored_route_ptr route,
    time_point fresh_until
) {
    if (max_entries_ == 0) {
        return;
    }
    const auto kept = key_of(uri);
    const auto hash = hash_of(kept, options);
    if (!entries_.contains(hash)) {
        if (stored_.size() < max_entries_) {
            stored_.push_back(hash);
        } else {
            entries_.erase(std::exchange(stored_[next_], hash));
            next_ = (next_ + 1) % max_entries_;
        }
    }
    entries_[hash] = {
        std::string(kept.scheme), std::string(kept.rest), options, std::move(route), fresh_until};
}

void table_cache::clear() {
    entries_.clear();
    stored_.clear();
    next_ = 0;
}

}  // namespace sipha::resolver::detail
