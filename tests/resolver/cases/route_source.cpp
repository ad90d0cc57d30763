#include "tests/resolver/cases/route_source.hpp"

#include <utility>

namespace sipha::resolver::test::cases {

struct route_source::state {
    world* here = nullptr;
    std::error_code error;
    std::optional<route_set> route;  ///< nothing before the engine has opened it
};

route_source::route_source(world& here, const std::string& uri)
    : state_(std::make_shared<state>()) {
    state_->here = &here;
    // The engine may call back after this object is gone, so the state is shared with the callback.
    here.engine()
        .open_route(uri, here.options(), [shared = state_](std::error_code error, route_set route) {
            shared->error = error;
            shared->route = std::move(route);
        });
}

route_source::~route_source() = default;

std::optional<candidate> route_source::next() {
    return state_->route ? state_->route->next() : std::nullopt;
}

bool route_source::is_exhausted() const {
    return state_->route && state_->route->is_exhausted();
}

std::error_code route_source::error() const {
    return state_->route && state_->error ? state_->error
           : state_->route                ? state_->route->error()
                                          : std::error_code();
}

std::optional<std::chrono::seconds> route_source::retry_in() const {
    return state_->route ? state_->route->retry_in() : std::nullopt;
}

explanation route_source::steps() const {
    return state_->route ? state_->route->steps() : explanation();
}

void route_source::report(const candidate& place, const outcome& what) {
    state_->here->engine().report(place, what);
}

}  // namespace sipha::resolver::test::cases
