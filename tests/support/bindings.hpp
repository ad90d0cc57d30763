#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/state/binding.hpp"
#include "proxy/state/location.hpp"
#include "proxy/state/registration_codec.hpp"
#include "tests/support/sip_text.hpp"

/// Bindings and registration records as the tests want them.
namespace sipha::test {

inline constexpr timing::time_point epoch = timing::time_point(std::chrono::hours(1000));

/// One accepted REGISTER of a test, with plain values.
struct registration_spec {
    std::string aor = "sip:bob@example.org";
    std::string key = "sip:bob@192.0.2.20";
    std::string call_id = "x";
    std::uint32_t cseq = 1;
    std::uint64_t hlc = 10;
    std::uint16_t origin = 1;
    std::chrono::milliseconds lifetime = std::chrono::minutes(10);  ///< from `now` of the entry
    bool is_removed = false;
    std::string source = "udp:192.0.2.20:5060";
    state::reach reach = state::reach::contact;
};

inline state::binding_entry entry_of(const registration_spec& what, timing::time_point now) {
    state::binding_entry entry;
    entry.version = {what.call_id, what.cseq, what.hlc, cluster::node_id{what.origin}};
    entry.value.contact = what.key;
    entry.value.user_agent = "test";
    entry.value.source = at(what.source);
    entry.value.local = at("udp:10.0.0.1:5060");
    entry.value.reach = what.reach;
    entry.value.expires_at = now + what.lifetime;
    entry.is_removed = what.is_removed;
    entry.forget_at = now + what.lifetime;
    return entry;
}

/// The record that the accepting node would have published at `now`.
inline std::string record_of(const registration_spec& what, timing::time_point now = epoch) {
    state::binding of;
    of.aor = what.aor;
    of.key = what.key;
    return state::encode_registration(of, entry_of(what, now), now);
}

inline void merge(
    state::location& into, const registration_spec& what, timing::time_point now = epoch
) {
    into.merge({now, 0}, cluster::node_id{what.origin}, record_of(what, now));
}

/// The only binding of an address of record; null unless there is exactly one.
inline const state::binding* only_binding(
    const state::location& of, std::string_view aor = "sip:bob@example.org"
) {
    const auto handles = of.bindings_of(aor);
    return handles.size() == 1 ? of.find(handles.front()) : nullptr;
}

}  // namespace sipha::test
