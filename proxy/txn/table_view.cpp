// What an administrator asks of the table.
#include "proxy/txn/table.hpp"

namespace sipha::txn {

std::size_t table::unanswered_count() const {
    std::size_t count = 0;
    servers_.visit_all([&](const server_record& record) {
        const auto* invite = std::get_if<invite_server>(&record.machine);
        const auto* other = std::get_if<non_invite_server>(&record.machine);
        const bool waits = invite != nullptr
                               ? invite->current() == invite_server::state::proceeding
                               : other->current() == non_invite_server::state::trying ||
                                     other->current() == non_invite_server::state::proceeding;
        count += waits ? 1u : 0u;
    });
    return count;
}

}  // namespace sipha::txn
