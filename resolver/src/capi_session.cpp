#include <sipha/resolver/session.h>

#include <deque>
#include <limits>
#include <utility>

#include "resolver/src/capi_border.hpp"
#include "resolver/src/capi_session_structs.hpp"
#include "resolver/src/capi_structs.hpp"

namespace detail = sipha::resolver::detail;
using sipha::resolver::session_event;

/// Events of one session that wait for the application; of more, the oldest are lost. What counts
/// is the last one: it holds the target.
static constexpr std::size_t max_waiting_events = 64;

/// One session as the C API hands it out. Its members are guarded by the lock of its core.
struct sipha_session final : detail::recipient {
    sipha_session(std::shared_ptr<detail::core> owner, sipha_session_cb told, void* with)
        : recipient(std::move(owner)), callback(told), user(with) {}

    /// From inside `engine::process`, so with the lock.
    void on_event(const session_event& event) {
        try {
            if (waiting.size() == max_waiting_events) {
                waiting.pop_front();
                owner().count_dropped_event();
            }
            waiting.push_back(event);
        } catch (const std::bad_alloc&) {
            owner().count_dropped_event();
        }
        owner().queue(*this);
    }

    void tell() override {
        for (;;) {
            session_event next;
            {
                const auto guard = owner().lock();
                if (waiting.empty()) {
                    return;
                }
                next = std::move(waiting.front());
                waiting.pop_front();
            }
            auto event = detail::to_struct(next);
            sipha_candidate target{};
            if (next.target) {
                try {
                    target = detail::to_struct(*next.target, owner().now());
                } catch (const std::bad_alloc&) {
                    const auto guard = owner().lock();
                    owner().count_dropped_event();
                    continue;
                }
                event.target = &target;
            }
            callback(user, this, &event);
        }
    }

    void detach() override {
        waiting.clear();
        session.reset();
    }

    const sipha_session_cb callback;
    void* const user;
    /// What keeps it for the application, until sipha_session_close.
    std::shared_ptr<sipha_session> handle;
    std::unique_ptr<sipha::resolver::session> session;
    std::deque<session_event> waiting;
};

namespace {

/// Runs `body` with the lock on a session whose resolver lives.
template <class Body>
std::int32_t with_session(sipha_session_t* session, Body body) noexcept {
    return detail::guarded([&]() -> std::int32_t {
        if (session == nullptr) {
            return SIPHA_EINVAL;
        }
        auto& core = session->owner();
        const auto guard = core.lock();
        if (!session->session) {
            return SIPHA_ECLOSED;
        }
        const std::int32_t status = body(*session->session);
        core.rearm();
        return status;
    });
}

}  // namespace

extern "C" {

int32_t sipha_session_open(
    sipha_t* resolver,
    const char* uri,
    const sipha_session_options* options,
    sipha_session_cb on_state,
    void* user,
    sipha_session_t** session
) {
    return detail::guarded([&]() -> int32_t {
        const auto known = detail::read_struct(options);
        if (resolver == nullptr || uri == nullptr || on_state == nullptr || session == nullptr ||
            !known) {
            return SIPHA_EINVAL;
        }
        const auto how = detail::to_session_options(*known);
        if (!how) {
            return SIPHA_EINVAL;
        }
        auto& core = *resolver->core;
        const auto made = std::make_shared<sipha_session>(resolver->core, on_state, user);
        const auto guard = core.lock();
        made->session = std::make_unique<sipha::resolver::session>(
            *core.lookups(),
            uri,
            *how,
            // It owns the C++ session, which calls this no more once it is gone.
            [self = made.get()](const session_event& event) { self->on_event(event); }
        );
        core.enlist(*made);
        core.rearm();
        made->handle = made;
        *session = made.get();
        return SIPHA_OK;
    });
}

int32_t sipha_session_target(sipha_session_t* session, sipha_candidate* target) {
    return with_session(session, [&](sipha::resolver::session& open) -> int32_t {
        if (!detail::is_fillable(target)) {
            return SIPHA_EINVAL;
        }
        const auto place = open.target();
        if (!place) {
            return 0;
        }
        detail::write_struct(detail::to_struct(*place, session->owner().now()), target);
        return 1;
    });
}

int32_t sipha_session_place(sipha_session_t* session, uint32_t index, sipha_candidate* place) {
    return with_session(session, [&](sipha::resolver::session& open) -> int32_t {
        if (!detail::is_fillable(place)) {
            return SIPHA_EINVAL;
        }
        const auto places = open.candidates();
        if (index >= places.size()) {
            return 0;
        }
        detail::write_struct(detail::to_struct(places[index], session->owner().now()), place);
        return 1;
    });
}

int32_t sipha_session_report(
    sipha_session_t* session, const sipha_candidate* place, const sipha_outcome* outcome
) {
    return with_session(session, [&](sipha::resolver::session& open) -> int32_t {
        const auto reported = detail::read_report(place, outcome);
        if (!reported) {
            return SIPHA_EINVAL;
        }
        open.report(reported->place, reported->what);
        return SIPHA_OK;
    });
}

int32_t sipha_session_set_busy(sipha_session_t* session, uint32_t is_busy) {
    return with_session(session, [&](sipha::resolver::session& open) -> int32_t {
        if (is_busy > 1) {
            return SIPHA_EINVAL;
        }
        using sipha::resolver::busy;
        open.set_busy(is_busy == 1 ? busy::yes : busy::no);
        return SIPHA_OK;
    });
}

int32_t sipha_session_registration_delay_ms(
    sipha_session_t* session, uint32_t failures, uint32_t have_all_failed
) {
    return with_session(session, [&](sipha::resolver::session& open) -> int32_t {
        if (failures == 0 || have_all_failed > 1) {
            return SIPHA_EINVAL;
        }
        using sipha::resolver::flows_failed;
        const auto which = have_all_failed == 1 ? flows_failed::all : flows_failed::some;
        constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
        const auto wait = open.registration_delay(failures, which).count();
        return static_cast<int32_t>(std::min<std::int64_t>(wait, most));
    });
}

void sipha_session_close(sipha_session_t* session) {
    if (session == nullptr) {
        return;
    }
    detail::guarded([&] {
        std::shared_ptr<sipha_session> last;
        // The core must outlive the lock, also when this handle is its last owner.
        const auto kept = session->owner().shared_from_this();
        const auto guard = kept->lock();
        last = std::move(session->handle);
        session->detach();
        kept->dismiss(*session);
        kept->rearm();
        return SIPHA_OK;
    });
}

}  // extern "C"
