#include "tests/resolver/cases/route_source.hpp"

#include <utility>
#include <vector>

namespace sipha::resolver::test::cases {

struct route_source::state {
    world* here = nullptr;
    bool is_ready = false;
    std::vector<candidate> left;
};

route_source::route_source(world& here, const std::string& uri)
    : state_(std::make_shared<state>()) {
    state_->here = &here;
    here.engine()
        .resolve(uri, here.options(), [shared = state_](std::error_code, lookup_result result) {
            shared->is_ready = true;
            shared->left = std::move(result.candidates);
        });
}

route_source::~route_source() = default;

std::optional<candidate> route_source::next() {
    if (state_->left.empty()) {
        return std::nullopt;
    }
    auto first = std::move(state_->left.front());
    state_->left.erase(state_->left.begin());
    return first;
}

bool route_source::is_exhausted() const {
    return state_->is_ready && state_->left.empty();
}

std::optional<std::chrono::seconds> route_source::retry_in() const {
    return std::nullopt;
}

void route_source::report(const candidate&, const outcome&) {}

}  // namespace sipha::resolver::test::cases
