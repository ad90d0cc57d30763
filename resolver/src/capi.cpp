#include "sipha/resolver.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include <sipha/resolver/errors.hpp>

#include "resolver/src/capi_border.hpp"
#include "resolver/src/capi_structs.hpp"

namespace sipha::resolver::detail {
namespace {

/// What a status of the border itself means; those of lookups have their sentence in `errc`.
const char* border_sentence(std::int32_t status) {
    switch (status) {
        case SIPHA_OK:
            return "done";
        case SIPHA_EAGAIN:
            return "not known yet; wait for the callback";
        case SIPHA_EINVAL:
            return "an argument is null, out of range or of an unknown form; see its description "
                   "in sipha/resolver.h";
        case SIPHA_ENOMEM:
            return "no memory is left; try again when there is some";
        case SIPHA_ESYSTEM:
            return "the system gave no socket, descriptor or thread; raise the limits of the "
                   "process";
        case SIPHA_ECLOSED:
            return "the resolver of this handle has been freed; release the handle";
        case SIPHA_EINTERNAL:
            return "a fault inside the resolver; please report it";
        default:
            return nullptr;
    }
}

/// The sentences of `errc`, kept for the life of the process: callers get pointers into them.
class lookup_sentences {
  public:
    lookup_sentences() {
        for (std::size_t index = 0; index < texts_.size(); ++index) {
            texts_[index] = resolver_category().message(static_cast<int>(index) + first);
        }
    }
    const char* find(std::int32_t status) const {
        const auto index = -(std::int64_t{status} + 100) - first;
        if (index < 0 || static_cast<std::size_t>(index) >= texts_.size()) {
            return nullptr;
        }
        return texts_[static_cast<std::size_t>(index)].c_str();
    }

  private:
    static constexpr int first = static_cast<int>(errc::bad_uri);
    std::array<std::string, 99> texts_;
};

}  // namespace

sipha_t* make_handle(std::unique_ptr<engine> lookups) {
    return new sipha_t{std::make_shared<core>(std::move(lookups))};
}

std::size_t copy_out(std::string_view text, char* buffer, std::size_t length) {
    if (buffer != nullptr && length != 0) {
        const auto copied = std::min(text.size(), length - 1);
        std::memcpy(buffer, text.data(), copied);
        buffer[copied] = '\0';
    }
    return text.size();
}

}  // namespace sipha::resolver::detail

namespace detail = sipha::resolver::detail;

extern "C" {

const char* sipha_version(void) {
    return SIPHA_VERSION;
}

const char* sipha_strerror(int32_t status) {
    if (const char* text = detail::border_sentence(status)) {
        return text;
    }
    const char* text = nullptr;
    detail::guarded([&] {
        static const detail::lookup_sentences sentences;
        text = sentences.find(status);
        return SIPHA_OK;
    });
    return text != nullptr ? text : "unknown status; a newer version of the library may know it";
}

int32_t sipha_new(const sipha_config* config, sipha_t** resolver) {
    return detail::guarded([&]() -> int32_t {
        const auto known = detail::read_struct(config);
        if (!known || resolver == nullptr) {
            return SIPHA_EINVAL;
        }
        const auto options = detail::to_engine_options(*known);
        if (!options) {
            return SIPHA_EINVAL;
        }
        *resolver = detail::make_handle(std::make_unique<sipha::resolver::engine>(*options));
        return SIPHA_OK;
    });
}

void sipha_free(sipha_t* resolver) {
    if (resolver == nullptr) {
        return;
    }
    detail::guarded([&] {
        const std::unique_ptr<sipha_t> ended(resolver);
        ended->core->close();
        return SIPHA_OK;
    });
}

int sipha_fd(sipha_t* resolver) {
    return resolver == nullptr ? -1 : resolver->core->fd();
}

int32_t sipha_timeout_ms(sipha_t* resolver) {
    const auto wait = resolver == nullptr ? std::nullopt : resolver->core->timeout();
    if (!wait) {
        return -1;
    }
    constexpr std::int64_t longest = std::numeric_limits<int32_t>::max();
    return static_cast<int32_t>(std::min<std::int64_t>(wait->count(), longest));
}

int32_t sipha_process(sipha_t* resolver) {
    return detail::guarded([&]() -> int32_t {
        if (resolver == nullptr) {
            return SIPHA_EINVAL;
        }
        // The callbacks may free the handle.
        const auto core = resolver->core;
        return core->process();
    });
}

int32_t sipha_start_thread(sipha_t* resolver, sipha_post post, void* context) {
    return detail::guarded([&]() -> int32_t {
        if (resolver == nullptr || post == nullptr) {
            return SIPHA_EINVAL;
        }
        return resolver->core->start_thread(post, context);
    });
}

int32_t sipha_report(
    sipha_t* resolver, const sipha_candidate* candidate, const sipha_outcome* outcome
) {
    return detail::guarded([&]() -> int32_t {
        const auto reported = detail::read_report(candidate, outcome);
        if (resolver == nullptr || !reported) {
            return SIPHA_EINVAL;
        }
        const auto guard = resolver->core->lock();
        resolver->core->lookups()->report(reported->place, reported->what);
        resolver->core->rearm();
        return SIPHA_OK;
    });
}

int32_t sipha_network_changed(sipha_t* resolver) {
    return detail::guarded([&]() -> int32_t {
        if (resolver == nullptr) {
            return SIPHA_EINVAL;
        }
        const auto guard = resolver->core->lock();
        resolver->core->lookups()->network_changed();
        resolver->core->rearm();
        return SIPHA_OK;
    });
}

int32_t sipha_get_metrics(sipha_t* resolver, sipha_metrics* metrics) {
    return detail::guarded([&]() -> int32_t {
        if (resolver == nullptr || !detail::is_fillable(metrics)) {
            return SIPHA_EINVAL;
        }
        const auto guard = resolver->core->lock();
        auto flat = detail::to_struct(resolver->core->lookups()->snapshot());
        flat.session_events_dropped = resolver->core->dropped_events();
        detail::write_struct(flat, metrics);
        return SIPHA_OK;
    });
}

int32_t sipha_sockaddr(const sipha_candidate* candidate, void* address, uint32_t* length) {
    const auto known = candidate == nullptr ? std::nullopt : detail::read_struct(candidate);
    if (!known || address == nullptr || length == nullptr || !detail::to_candidate(*known)) {
        return SIPHA_EINVAL;
    }
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    const void* filled = &v4;
    uint32_t size = sizeof v4;
    if (known->family == 4) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(static_cast<uint16_t>(known->port));
        std::memcpy(&v4.sin_addr, known->octets, sizeof v4.sin_addr);
    } else {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(static_cast<uint16_t>(known->port));
        std::memcpy(&v6.sin6_addr, known->octets, sizeof v6.sin6_addr);
        filled = &v6;
        size = sizeof v6;
    }
    if (*length < size) {
        return SIPHA_EINVAL;
    }
    std::memcpy(address, filled, size);
    *length = size;
    return SIPHA_OK;
}

}  // extern "C"
