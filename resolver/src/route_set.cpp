#include "sipha/resolver/route_set.hpp"

#include <utility>

#include "resolver/src/route_handle.hpp"

namespace sipha::resolver {
namespace {

detail::route_owner* host_of(const std::shared_ptr<detail::route_handle>& handle) {
    return handle ? handle->host() : nullptr;
}

}  // namespace

route_set::route_set() = default;
route_set::route_set(std::shared_ptr<detail::route_handle> handle) : handle_(std::move(handle)) {}
route_set::~route_set() = default;
route_set::route_set(const route_set&) = default;
route_set::route_set(route_set&&) noexcept = default;
route_set& route_set::operator=(const route_set&) = default;
route_set& route_set::operator=(route_set&&) noexcept = default;

std::optional<candidate> route_set::next() {
    auto* host = host_of(handle_);
    return host ? host->next(handle_->id()) : std::nullopt;
}

bool route_set::is_exhausted() const {
    auto* host = host_of(handle_);
    return !host || host->is_exhausted(handle_->id());
}

std::error_code route_set::error() const {
    auto* host = host_of(handle_);
    return host ? host->error(handle_->id()) : make_error_code(errc::aborted);
}

std::optional<std::chrono::seconds> route_set::retry_in() const {
    auto* host = host_of(handle_);
    return host ? host->retry_in(handle_->id()) : std::nullopt;
}

void route_set::when_ready(std::function<void()> ready) {
    if (auto* host = host_of(handle_)) {
        host->when_ready(handle_->id(), std::move(ready));
    }
}

std::vector<warning> route_set::warnings() const {
    auto* host = host_of(handle_);
    return host ? host->warnings(handle_->id()) : std::vector<warning>();
}

explanation route_set::steps() const {
    auto* host = host_of(handle_);
    return host ? host->steps(handle_->id()) : explanation();
}

}  // namespace sipha::resolver
