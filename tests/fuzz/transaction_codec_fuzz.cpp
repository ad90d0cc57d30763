#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proxy/txn/table.hpp"
#include "tests/fuzz/require.hpp"

// A transaction as a peer sends it: it is read or refused; what was read is written and read as the
// same; a table goes on with it or refuses it, sends a bounded number of messages, and is empty in
// the end.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sipha;
    using fuzz::require;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto read = txn::decode_transaction(bytes);
    if (!read) {
        return 0;
    }
    require(txn::decode_transaction(txn::encode_transaction(*read)) == read);
    static const crypto::mac key("0123456789abcdef");
    const txn::branch_codec branches(key, 1, 1);
    txn::table table({}, branches);
    timing::time_point now{std::chrono::hours(1000)};
    const auto restored = table.restore(now, *read);
    require(table.server_count() + table.client_count() == (restored != 0 ? 1u : 0u));
    if (restored == 0) {
        return 0;
    }
    const auto saved =
        read->is_server() ? table.save_server(now, restored) : table.save_client(now, restored);
    require(saved && saved->key == read->key && saved->message == read->message);
    require(table.restore(now, *read) == 0);
    sip::outbox out;
    for (int i = 0; i < 100 && table.next_deadline() != timing::never; ++i) {
        now = std::max(now, table.next_deadline());
        table.advance(now, out);
    }
    require(table.next_deadline() == timing::never && out.entries().size() <= 64);
    return 0;
}
