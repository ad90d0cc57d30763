#include <string>
#include <utility>

#include <sipha/resolver/errors.hpp>

#include "resolver/src/capi_border.hpp"
#include "resolver/src/capi_structs.hpp"

namespace detail = sipha::resolver::detail;
using sipha::resolver::errc;

/// One lookup as the C API hands it out. Its members are guarded by the lock of its core.
struct sipha_lookup final : detail::recipient {
    sipha_lookup(std::shared_ptr<detail::core> owner, sipha_lookup_cb told, void* with)
        : recipient(std::move(owner)), callback(told), user(with) {}

    void finish(const std::error_code& error, sipha::resolver::lookup_result found) {
        if (status != SIPHA_EAGAIN) {
            return;
        }
        status = detail::to_status(error);
        result = std::move(found);
        has_news = true;
    }

    void tell() override {
        {
            const auto guard = owner().lock();
            if (!has_news) {
                return;
            }
            has_news = false;
            owner().dismiss(*this);
        }
        callback(user, this, status);
        if (is_temporary) {
            const auto guard = owner().lock();
            handle.reset();
        }
    }

    void detach() override { finish(errc::aborted, {}); }

    const sipha_lookup_cb callback;
    void* const user;
    /// What keeps it for the application, until sipha_release.
    std::shared_ptr<sipha_lookup> handle;
    bool is_temporary = false;  ///< nobody asked for the handle: it ends with the callback
    bool has_news = false;
    sipha::resolver::lookup_id id = 0;
    std::int32_t status = SIPHA_EAGAIN;
    sipha::resolver::lookup_result result;
    std::size_t handed_out = 0;
};

namespace {

std::string story_of(const sipha::resolver::lookup_result& result) {
    auto text = sipha::resolver::to_text(result.steps);
    for (const auto& warning : result.warnings) {
        text += "warning ";
        text += name(warning.kind);
        text += ' ';
        text += warning.subject;
        text += '\n';
    }
    return text;
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
        auto& core = *resolver->core;
        const auto made = std::make_shared<sipha_lookup>(resolver->core, callback, user);
        const auto guard = core.lock();
        core.enlist(*made);
        try {
            made->id = core.lookups()->resolve(
                uri,
                *how,
                [made](std::error_code error, sipha::resolver::lookup_result found) {
                    made->finish(error, std::move(found));
                    made->owner().queue(*made);
                }
            );
        } catch (...) {
            core.dismiss(*made);
            throw;
        }
        core.rearm();
        made->handle = made;
        made->is_temporary = lookup == nullptr;
        if (lookup != nullptr) {
            *lookup = made.get();
        }
        return SIPHA_OK;
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
        if (lookup->status != SIPHA_OK) {
            return lookup->status;
        }
        const auto& places = lookup->result.candidates;
        if (lookup->handed_out == places.size()) {
            return 0;
        }
        const auto& place = places[lookup->handed_out++];
        detail::write_struct(detail::to_struct(place, core.now()), candidate);
        return 1;
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
        core.lookups()->cancel(lookup->id);
        core.rearm();
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
        lookup->has_news = false;
        kept->dismiss(*lookup);
        if (lookup->status == SIPHA_EAGAIN) {
            lookup->status = SIPHA_ECANCELLED;  // what still comes for it is ignored
            if (kept->lookups() != nullptr) {
                kept->lookups()->cancel(lookup->id);
                kept->rearm();
            }
        }
        return SIPHA_OK;
    });
}

size_t sipha_explain(sipha_lookup_t* lookup, char* buffer, size_t length) {
    std::size_t whole = 0;
    detail::guarded([&] {
        if (lookup != nullptr) {
            const auto guard = lookup->owner().lock();
            whole = detail::copy_out(story_of(lookup->result), buffer, length);
        }
        return SIPHA_OK;
    });
    return whole;
}

}  // extern "C"
