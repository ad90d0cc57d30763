#include "proxy/route/registrar.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "proxy/route/unsupported.hpp"
#include "proxy/sip/cseq.hpp"
#include "proxy/sip/name_addr.hpp"
#include "proxy/sip/text.hpp"
#include "proxy/sip/uri.hpp"
#include "proxy/sip/values.hpp"
#include "proxy/sip/via.hpp"

namespace sipha::route {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

/// q of RFC 3261 20.10: "0", "1", "0.5", at most three decimals. @returns nothing when malformed.
std::optional<std::uint16_t> parse_q(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.')) {
        return std::nullopt;
    }
    unsigned thousandths = text[0] == '1' ? 1000 : 0;
    unsigned weight = 100;
    for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        thousandths += static_cast<unsigned>(c - '0') * weight;
        weight /= 10;
    }
    return thousandths > 1000 ? std::nullopt
                              : std::optional(static_cast<std::uint16_t>(thousandths));
}

register_outcome refuse(int status, std::string_view reason, std::string headers = {}) {
    return {status, reason, std::move(headers), {}};
}

/// How requests will find this phone: RFC 3261 would use the Contact; a NAT or a connection makes
/// the address the REGISTER came from the only one that works.
state::reach reach_of(const registrar::request& what) {
    std::size_t vias = 0;
    for ([[maybe_unused]] const auto value : sip::values_of(what.message, sip::header_id::via)) {
        ++vias;
    }
    if (vias != 1) {
        return state::reach::contact;  // it came through another proxy, whose address is not the
                                       // phone's
    }
    const auto& source = what.from.remote;
    if (sip::is_reliable(source.transport)) {
        return state::reach::source;
    }
    const auto via = sip::parse_via(what.message.find(sip::header_id::via)->value);
    const auto sent_by = via ? geo::ip_address::parse(via->host) : std::nullopt;
    const bool is_behind_nat = sent_by != source.ip || via->port.value_or(5060) != source.port;
    return is_behind_nat ? state::reach::source : state::reach::contact;
}

}  // namespace

struct registrar::change {
    std::string key;
    std::string contact;
    std::uint16_t q_thousandths = 1000;
    std::chrono::seconds expires{};
    state::reach reach = state::reach::contact;
};

std::string contact_key(const sip::uri& contact) {
    std::string key = sip::canonical_aor(contact);
    if (!contact.is_sip()) {
        return key;
    }
    if (contact.is_sips()) {
        key.insert(3, 1, 's');  // RFC 3261 19.1.4: sip and sips are never equal
    }
    if (contact.port) {
        key += ':' + std::to_string(*contact.port);
    }
    std::vector<std::string> params;
    for (const auto param : contact.params) {
        params.push_back(
            ';' + lowered(param.name) + (param.has_value ? '=' + lowered(param.value) : "")
        );
    }
    std::sort(params.begin(), params.end());
    for (const auto& param : params) {
        key += param;
    }
    return key;
}

registrar::registrar(registrar_options options, cluster::node_id self, state::location& location)
    : options_(std::move(options)), self_(self), location_(&location) {}

std::string registrar::append_contacts(timing::time_point now, std::string_view aor) const {
    std::string headers;
    for (const auto which : location_->bindings_of(aor)) {
        const auto& binding = *location_->find(which);
        if (!binding.is_live(now)) {
            continue;
        }
        const auto& value = binding.winner().value;
        const auto left = std::chrono::ceil<std::chrono::seconds>(value.expires_at - now).count();
        headers += "Contact: <" + value.contact + ">;expires=" + std::to_string(left);
        if (value.q_thousandths != 1000) {
            auto decimals = std::to_string(1000 + value.q_thousandths);
            headers += ";q=0." + decimals.substr(1);
        }
        headers += "\r\n";
    }
    return headers;
}

register_outcome registrar::handle(
    timing::time_point now, const request& what, const identity& us
) {
    const auto& message = what.message;
    if (std::none_of(
            options_.allow_from.begin(),
            options_.allow_from.end(),
            [&](const auto& prefix) { return prefix.contains(what.from.remote.ip); }
        )) {
        return refuse(403, "Registration not allowed from here");
    }
    if (message.find(sip::header_id::require) != nullptr) {
        // No extension is required of us that we have (RFC 3261 10.3 step 2).
        return refuse(420, {}, unsupported_line(message, sip::header_id::require));
    }
    const auto to = sip::parse_name_addr(message.find(sip::header_id::to)->value);
    const auto to_uri = to ? sip::parse_uri(to->uri) : std::nullopt;
    if (!to_uri || !to_uri->is_sip() || to_uri->user.empty()) {
        return refuse(400, "To must name a user to register");
    }
    if (!us.is_local(*to_uri)) {
        return refuse(404, "Not a domain of this registrar");
    }
    const auto aor = us.aor_of(*to_uri);
    // A longer one would live on this node only: the others refuse the record.
    if (!location_->is_storable(aor) ||
        !location_->is_storable(message.find(sip::header_id::call_id)->value)) {
        return refuse(400, "Address of record or Call-ID too long");
    }
    std::vector<change> changes;
    if (auto refused = read_contacts(now, what, aor, changes)) {
        return std::move(*refused);
    }
    return apply(now, what, aor, changes);
}

std::optional<register_outcome> registrar::read_contacts(
    timing::time_point now, const request& what, std::string_view aor, std::vector<change>& changes
) const {
    const auto& message = what.message;
    std::chrono::seconds default_expires = options_.default_expires;
    const auto* expires = message.find(sip::header_id::expires);
    if (expires != nullptr) {
        const auto seconds = sip::parse_uint(expires->value);
        if (!seconds) {
            return refuse(400, "Malformed Expires");
        }
        default_expires = std::chrono::seconds(*seconds);
    }
    bool is_wildcard = false;
    for (const auto value : sip::values_of(message, sip::header_id::contact)) {
        if (value == "*") {
            is_wildcard = true;
            continue;
        }
        change wanted;
        wanted.expires = default_expires;
        wanted.reach = reach_of(what);
        if (auto refused = read_contact(value, wanted)) {
            return refused;
        }
        // Of two equal ones in one request the later one counts.
        std::erase_if(changes, [&](const change& earlier) { return earlier.key == wanted.key; });
        changes.push_back(std::move(wanted));
    }
    if (!is_wildcard) {
        return std::nullopt;
    }
    // RFC 3261 10.3 step 6.
    if (!changes.empty() || expires == nullptr || default_expires.count() != 0) {
        return refuse(400, "Contact * needs Expires: 0 and no other Contact");
    }
    for (const auto which : location_->bindings_of(aor)) {
        const auto& binding = *location_->find(which);
        if (binding.is_live(now)) {
            change wanted;
            wanted.key = binding.key;
            wanted.contact = binding.winner().value.contact;
            changes.push_back(std::move(wanted));
        }
    }
    return std::nullopt;
}

std::optional<register_outcome> registrar::read_contact(std::string_view value, change& wanted)
    const {
    const auto contact = sip::parse_name_addr(value);
    const auto uri = contact ? sip::parse_uri(contact->uri) : std::nullopt;
    if (!uri) {
        return refuse(400, "Malformed Contact");
    }
    wanted.key = contact_key(*uri);
    wanted.contact = contact->uri;
    if (value.size() > options_.max_contact_bytes || !location_->is_storable(wanted.key) ||
        !location_->is_storable(wanted.contact)) {
        return refuse(400, "Contact too long");
    }
    if (const auto text = contact->params.value("expires")) {
        // RFC 3261 10.2.1.1: a malformed expires parameter counts as 3600.
        wanted.expires = std::chrono::seconds(sip::parse_uint(*text).value_or(3600));
    }
    if (const auto text = contact->params.value("q")) {
        const auto q = parse_q(*text);
        if (!q) {
            return refuse(400, "Malformed q");
        }
        wanted.q_thousandths = *q;
    }
    if (wanted.expires.count() > 0 && wanted.expires < options_.min_expires) {
        return refuse(
            423, {}, "Min-Expires: " + std::to_string(options_.min_expires.count()) + "\r\n"
        );
    }
    wanted.expires = std::min(wanted.expires, options_.max_expires);
    return std::nullopt;
}

std::optional<register_outcome> registrar::check(
    timing::time_point now,
    const request& what,
    std::string_view aor,
    const std::vector<change>& changes
) const {
    const auto call_id = what.message.find(sip::header_id::call_id)->value;
    const auto cseq = sip::parse_cseq(what.message.find(sip::header_id::cseq)->value);
    std::size_t live_after = location_->live_count(aor, now);
    std::size_t added = 0;
    for (const auto& wanted : changes) {
        // RFC 3261 10.3 step 7: a request that is not newer fails as a whole. A retransmission
        // never gets here, its transaction answers it.
        const auto* last = location_->last_version(aor, wanted.key, call_id);
        if (last != nullptr && last->version.cseq >= cseq->number) {
            return refuse(500, "CSeq is not higher than in the last REGISTER of this Call-ID");
        }
        const auto* known = location_->find(location_->find(aor, wanted.key));
        const bool is_live = known != nullptr && known->is_live(now);
        added += known == nullptr ? 1u : 0u;
        live_after -= is_live ? 1u : 0u;
        live_after += wanted.expires.count() > 0 ? 1u : 0u;
    }
    if (live_after > options_.max_contacts) {
        return refuse(403, "Too many contacts");
    }
    if (added > 0 && !location_->has_room_for(aor, added)) {
        return refuse(503, "Location service is full", "Retry-After: 60\r\n");
    }
    return std::nullopt;
}

register_outcome registrar::apply(
    timing::time_point now, const request& what, std::string_view aor, std::vector<change>& changes
) {
    if (auto refused = check(now, what, aor, changes)) {
        return std::move(*refused);
    }
    const auto call_id = what.message.find(sip::header_id::call_id)->value;
    const auto cseq = sip::parse_cseq(what.message.find(sip::header_id::cseq)->value);
    register_outcome outcome;
    const auto* agent = what.message.find(sip::header_id::user_agent);
    for (auto& wanted : changes) {
        state::binding_entry entry;
        entry.version = {std::string(call_id), cseq->number, what.hlc, self_};
        entry.is_removed = wanted.expires.count() == 0;
        entry.value.contact = std::move(wanted.contact);
        entry.value.q_thousandths = wanted.q_thousandths;
        entry.value.user_agent =
            agent == nullptr ? std::string_view() : agent->value.substr(0, 256);
        entry.value.source = what.from.remote;
        entry.value.local = what.local;
        entry.value.flow = what.from.flow;
        entry.value.reach = wanted.reach;
        entry.value.expires_at = now + wanted.expires;
        outcome.records.push_back(location_->apply(now, aor, wanted.key, std::move(entry)));
    }
    outcome.headers = append_contacts(now, aor);
    return outcome;
}

}  // namespace sipha::route
