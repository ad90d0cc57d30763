#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/state/location.hpp"
#include "proxy/state/registration_codec.hpp"
#include "tests/fuzz/require.hpp"

// A registration as a peer sends it: it is read or refused, what was read can be written and is
// read as the same again, and a location that merges it holds at most one binding and outlives its
// end.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sipha;
    using fuzz::require;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const timing::time_point now{std::chrono::hours(1000)};
    if (const auto read = state::decode_registration(bytes, {}, now)) {
        state::binding of;
        of.aor = read->aor;
        of.key = read->key;
        const auto again =
            state::decode_registration(state::encode_registration(of, read->entry, now), {}, now);
        require(again && again->aor == read->aor && again->key == read->key);
        require(again->entry.value.contact == read->entry.value.contact);
        require(again->entry.is_removed == read->entry.is_removed);
    }
    state::location location({});
    location.merge({now, 0}, cluster::node_id{2}, bytes);
    location.merge({now, 0}, cluster::node_id{3}, bytes);
    for (int i = 0; i < 10 && location.next_deadline() != timing::never; ++i) {
        location.advance(location.next_deadline());
    }
    require(location.next_deadline() == timing::never);
    return 0;
}
