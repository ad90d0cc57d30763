#include <cstring>
#include <string>
#include <utility>

#include <sipha/resolver/errors.hpp>

#include "resolver/src/capi_border.hpp"
#include "resolver/src/capi_structs.hpp"

namespace detail = sipha::resolver::detail;
using sipha::resolver::candidate;
using sipha::resolver::errc;
using sipha::resolver::explanation;
using sipha::resolver::lookup_id;
using sipha::resolver::lookup_result;
using sipha::resolver::route_set;
using sipha::resolver::warning;

/// One lookup as the C API hands it out: a lazy route, or the list of a reply's targets. Its
/// members are guarded by the lock of its core.
struct sipha_lookup final : detail::recipient {
    /// What the application knows.
    enum class stage : std::uint8_t {
        starting,  ///< the first callback is owed
        open,      ///< called back; `sipha_next` gives what is there
        waiting,   ///< `sipha_next` said SIPHA_EAGAIN, one more callback is owed
        ended      ///< with `status`
    };

    sipha_lookup(std::shared_ptr<detail::core> owner, sipha_lookup_cb told, void* with)
        : recipient(std::move(owner)), callback(told), user(with) {}

    void begin(std::int32_t outcome) {
        if (at != stage::starting) {
            return;
        }
        at = outcome == SIPHA_OK ? stage::open : stage::ended;
        status = outcome;
        has_news = true;
        owner().queue(*this);
    }

    void go_on() {
        if (at == stage::waiting) {
            at = stage::open;
            has_news = true;
            owner().queue(*this);
        }
    }

    /// Ends what is owed with a reason. @returns false when nothing was owed.
    bool end(std::int32_t reason) {
        if (at != stage::starting && at != stage::waiting) {
            return false;
        }
        at = stage::ended;
        status = reason;
        has_news = true;
        return true;
    }

    void tell() override {
        std::int32_t told = SIPHA_OK;
        {
            const auto guard = owner().lock();
            if (!has_news) {
                return;
            }
            has_news = false;
            told = status;
            owner().dismiss(*this);
        }
        callback(user, this, told);
        const auto guard = owner().lock();
        if (is_temporary && at != stage::waiting) {
            route = route_set();  // its end touches the engine; our last owner may hold no lock
            handle.reset();
        }
    }

    void detach() override {
        end(SIPHA_EABORTED);
        route = route_set();
    }

    const sipha_lookup_cb callback;
    void* const user;
    /// What keeps it for the application, until sipha_release.
    std::shared_ptr<sipha_lookup> handle;
    bool is_temporary = false;  ///< nobody asked for the handle: it ends with the last callback
    bool has_news = false;
    bool is_list = false;
    stage at = stage::starting;
    std::int32_t status = SIPHA_OK;  ///< what the next callback tells
    lookup_id id = 0;
    route_set route;
    lookup_result list;
    std::size_t handed_out = 0;  ///< of `list`
};

namespace {

std::string story_of(const explanation& steps, const std::vector<warning>& warnings) {
    auto text = sipha::resolver::to_text(steps);
    for (const auto& each : warnings) {
        text += "warning ";
        text += name(each.kind);
        text += ' ';
        text += each.subject;
        text += '\n';
    }
    return text;
}

/// @param start begins the lookup with the lock; returns its id.
template <class Start>
std::int32_t start_lookup(
    sipha_t* resolver, sipha_lookup** handle, const std::shared_ptr<sipha_lookup>& made, Start start
) {
    auto& core = *resolver->core;
    const auto guard = core.lock();
    core.enlist(*made);
    try {
        made->id = start(*core.lookups());
    } catch (...) {
        core.dismiss(*made);
        throw;
    }
    core.rearm();
    made->handle = made;
    made->is_temporary = handle == nullptr;
    if (handle != nullptr) {
        *handle = made.get();
    }
    return SIPHA_OK;
}

/// What `sipha_next` returns when there is no candidate; enters `waiting` when one may come.
std::int32_t wait_or_end(sipha_lookup& lookup) {
    if (!lookup.route.is_exhausted()) {
        lookup.owner().enlist(lookup);
        lookup.route.when_ready([weak = std::weak_ptr(lookup.handle)] {
            if (const auto self = weak.lock()) {
                self->go_on();
            }
        });
        lookup.at = sipha_lookup::stage::waiting;
        lookup.owner().rearm();
        return SIPHA_EAGAIN;
    }
    const auto error = lookup.route.error();
    return error == errc::exhausted ? 0 : detail::to_status(error);
}

std::optional<candidate> take_candidate(sipha_lookup& lookup) {
    if (!lookup.is_list) {
        return lookup.route.next();
    }
    if (lookup.handed_out == lookup.list.candidates.size()) {
        return std::nullopt;
    }
    return lookup.list.candidates[lookup.handed_out++];
}

}  // namespace

extern "C" {

int32_t sipha_resolve(
    sipha_t* resolver,
    const char* uri,
    const sipha_options* options,
    sipha_lookup_cb callback,
    void* user,
    sipha_lookup_t** lookup
) {
    return detail::guarded([&]() -> int32_t {
        const auto known = detail::read_struct(options);
        if (resolver == nullptr || uri == nullptr || callback == nullptr || !known) {
            return SIPHA_EINVAL;
        }
        const auto how = detail::to_lookup_options(*known);
        if (!how) {
            return SIPHA_EINVAL;
        }
        const auto made = std::make_shared<sipha_lookup>(resolver->core, callback, user);
        return start_lookup(resolver, lookup, made, [&](sipha::resolver::engine& lookups) {
            return lookups.open_route(uri, *how, [made](std::error_code error, route_set found) {
                made->route = std::move(found);
                made->begin(detail::to_status(error));
            });
        });
    });
}

int32_t sipha_resolve_reply(
    sipha_t* resolver,
    const sipha_via* via,
    const sipha_options* options,
    sipha_lookup_cb callback,
    void* user,
    sipha_lookup_t** lookup
) {
    return detail::guarded([&]() -> int32_t {
        const auto known = detail::read_struct(options);
        const auto where = via == nullptr ? std::nullopt : detail::read_struct(via);
        if (resolver == nullptr || callback == nullptr || !known || !where) {
            return SIPHA_EINVAL;
        }
        const auto how = detail::to_lookup_options(*known);
        const auto target = detail::to_via_target(*where);
        if (!how || !target) {
            return SIPHA_EINVAL;
        }
        const auto made = std::make_shared<sipha_lookup>(resolver->core, callback, user);
        made->is_list = true;
        return start_lookup(resolver, lookup, made, [&](sipha::resolver::engine& lookups) {
            return lookups
                .resolve_reply(*target, *how, [made](std::error_code error, lookup_result found) {
                    made->list = std::move(found);
                    made->begin(detail::to_status(error));
                });
        });
    });
}

int32_t sipha_next(sipha_lookup_t* lookup, sipha_candidate* candidate) {
    return detail::guarded([&]() -> int32_t {
        if (lookup == nullptr || !detail::is_fillable(candidate)) {
            return SIPHA_EINVAL;
        }
        auto& core = lookup->owner();
        const auto guard = core.lock();
        if (core.lookups() == nullptr) {
            return SIPHA_ECLOSED;
        }
        if (lookup->at == sipha_lookup::stage::ended) {
            return lookup->status;
        }
        if (lookup->at != sipha_lookup::stage::open) {
            return SIPHA_EAGAIN;
        }
        if (const auto place = take_candidate(*lookup)) {
            detail::write_struct(detail::to_struct(*place, core.now()), candidate);
            core.rearm();
            return 1;
        }
        return lookup->is_list ? 0 : wait_or_end(*lookup);
    });
}

int32_t sipha_cancel(sipha_lookup_t* lookup) {
    return detail::guarded([&]() -> int32_t {
        if (lookup == nullptr) {
            return SIPHA_EINVAL;
        }
        auto& core = lookup->owner();
        const auto guard = core.lock();
        if (core.lookups() == nullptr) {
            return SIPHA_ECLOSED;
        }
        // A callback that waits in the queue tells what has been found; it came first.
        if (lookup->end(SIPHA_ECANCELLED)) {
            core.lookups()->cancel(lookup->id);
            lookup->route = route_set();
            core.queue(*lookup);
            core.wake();
        }
        return SIPHA_OK;
    });
}

void sipha_release(sipha_lookup_t* lookup) {
    if (lookup == nullptr) {
        return;
    }
    detail::guarded([&] {
        std::shared_ptr<sipha_lookup> last;
        // The core must outlive the lock, also when this handle is its last owner.
        const auto kept = lookup->owner().shared_from_this();
        const auto guard = kept->lock();
        last = std::move(lookup->handle);
        lookup->is_temporary = false;
        lookup->end(SIPHA_ECANCELLED);  // what still comes for it is ignored
        lookup->has_news = false;
        lookup->route = route_set();
        kept->dismiss(*lookup);
        if (kept->lookups() != nullptr) {
            kept->lookups()->cancel(lookup->id);
            kept->rearm();
        }
        return SIPHA_OK;
    });
}

size_t sipha_explain(sipha_lookup_t* lookup, char* buffer, size_t length) {
    std::size_t whole = 0;
    detail::guarded([&] {
        if (lookup != nullptr) {
            const auto guard = lookup->owner().lock();
            const auto text = lookup->is_list
                                  ? story_of(lookup->list.steps, lookup->list.warnings)
                                  : story_of(lookup->route.steps(), lookup->route.warnings());
            whole = detail::copy_out(text, buffer, length);
        }
        return SIPHA_OK;
    });
    return whole;
}

}  // extern "C"
