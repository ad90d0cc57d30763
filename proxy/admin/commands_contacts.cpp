// contacts, contact_remove
#include <algorithm>
#include <array>
#include <chrono>

#include "proxy/admin/command_list.hpp"
#include "proxy/log/utf8.hpp"

namespace sipha::admin {

namespace {

constexpr number_range contact_limits{1, 10'000, 1000};

json::object contact(timing::instant now, const state::binding& binding) {
    const auto& [version, value, is_removed, forget_at] = binding.winner();
    // Phones wrote these texts, in whatever encoding.
    const auto left = std::chrono::ceil<std::chrono::seconds>(value.expires_at - now.mono);
    return {
        {"aor", log::to_utf8(binding.aor)},
        {"contact", log::to_utf8(value.contact)},
        {"expires_s", left.count()},
        {"source", value.source.to_string()},
        {"reach", value.reach == state::reach::source ? "source" : "contact"},
        {"accepted_by", version.origin.value},
        {"call_id", log::to_utf8(version.call_id)},
        {"cseq", version.cseq},
        {"user_agent", log::to_utf8(value.user_agent)},
    };
}

json::object contacts(const session& in, const json::object& request) {
    const auto aor = text_of(request, "aor");
    if (!aor) {
        return refuse("\"aor\" is not a string; give an address of record as sip:user@domain");
    }
    const auto limit = number_of(request, "limit", contact_limits);
    if (!limit) {
        return refuse("\"limit\" is not a number from 1 to 10000");
    }
    std::vector<const state::binding*> found;
    const auto take = [&](const state::binding& binding) {
        if (binding.is_live(in.now.mono)) {
            found.push_back(&binding);
        }
    };
    const auto& location = in.node.location();
    if (request.contains("aor")) {
        for (const auto which : location.bindings_of(*aor)) {
            take(*location.find(which));
        }
    } else {
        location.visit_all([&](state::binding_handle, const auto& binding) { take(binding); });
    }
    // Only what is shown is put in order: the worker waits for this.
    const auto shown = std::min(static_cast<std::size_t>(*limit), found.size());
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(shown);
    std::partial_sort(found.begin(), end, found.end(), [](const auto* left, const auto* right) {
        return left->aor != right->aor ? left->aor < right->aor : left->key < right->key;
    });
    json::array list;
    for (auto each = found.begin(); each != end; ++each) {
        list.push_back(contact(in.now, **each));
    }
    return {{"ok", true}, {"total", found.size()}, {"contacts", std::move(list)}};
}

json::object contact_remove(const session& in, const json::object& request) {
    const auto aor = text_of(request, "aor");
    const auto uri = text_of(request, "contact");
    if (!aor || aor->empty()) {
        return refuse("\"aor\" is missing; give an address of record as sip:user@domain");
    }
    if (!uri) {
        return refuse("\"contact\" is not a string; give a contact URI as `contacts` shows it");
    }
    const auto removed = in.node.remove_contacts(in.now, *aor, *uri);
    if (removed == 0) {
        return refuse("no such contact is registered");
    }
    return {{"ok", true}, {"removed", removed}};
}

constexpr std::array<command, 2> commands{{
    {"contacts", access::read, contacts},
    {"contact_remove", access::change, contact_remove},
}};

}  // namespace

std::span<const command> contact_commands() {
    return commands;
}

}  // namespace sipha::admin
