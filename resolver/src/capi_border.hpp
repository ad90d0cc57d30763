#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <system_error>

#include <sipha/resolver.h>

#include "resolver/src/capi_core.hpp"

namespace sipha::resolver::detail {

/// The border of the C API: runs `body` and turns what it throws into a status, so that no
/// exception reaches a caller that cannot have any (rule 7 of resolver.h).
template <class Body>
std::int32_t guarded(Body body) noexcept {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        return SIPHA_ENOMEM;
    } catch (const std::system_error&) {
        return SIPHA_ESYSTEM;
    } catch (...) {
        return SIPHA_EINTERNAL;
    }
}

/// A C handle over an engine made elsewhere; the door of tests that bring their own DNS.
/// @throws std::system_error, std::bad_alloc.
sipha_t* make_handle(std::unique_ptr<engine> lookups);

/// Copies a text into a caller's buffer, cut to fit and ended by a zero.
/// @returns the length of the whole text.
std::size_t copy_out(std::string_view text, char* buffer, std::size_t length);

}  // namespace sipha::resolver::detail
