#include "resolver/stub/answers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "resolver/src/names.hpp"
#include "resolver/stub/synthetic_name.hpp"

namespace sipha::resolver::stub {
namespace {

constexpr std::uint16_t type_soa = 6;    // RFC 1035 3.2.2
constexpr std::uint16_t type_any = 255;  // RFC 1035 3.2.3

struct service_name {
    std::string_view prefix;
    resolver::transport transport;
};
/// RFC 3263 4.1 has the first three; some phones ask for TLS under the others.
constexpr std::array<service_name, 5> service_names{{
    {"_sip._udp", transport::udp},
    {"_sip._tcp", transport::tcp},
    {"_sips._tcp", transport::tls},
    {"_sip._tls", transport::tls},
    {"_sips._tls", transport::tls},
}};

struct naptr_service {
    std::string_view field;
    std::string_view prefix;
};
/// RFC 3263 4.1: the NAPTR service and the SRV name of a transport. @returns nothing for WebSocket,
/// which the stub leaves to the DNS.
std::optional<naptr_service> naptr_service_of(transport value) {
    switch (value) {
        case transport::udp:
            return naptr_service{"SIP+D2U", "_sip._udp."};
        case transport::tcp:
            return naptr_service{"SIP+D2T", "_sip._tcp."};
        case transport::tls:
            return naptr_service{"SIPS+D2T", "_sips._tcp."};
        default:
            return std::nullopt;
    }
}

bool asks_for(std::uint16_t type, record_type wanted) {
    return type == static_cast<std::uint16_t>(wanted);
}
/// RFC 8482 4.1: a question for any type may be answered with records of some types.
bool asks_for_address(std::uint16_t type) {
    return asks_for(type, record_type::a) || asks_for(type, record_type::aaaa) || type == type_any;
}
bool fits(const address& ip, std::uint16_t type) {
    const auto wanted = ip.family() == address_family::v4 ? record_type::a : record_type::aaaa;
    return type == type_any || asks_for(type, wanted);
}

const service* find(const domain_view& in, transport wanted) {
    const auto found =
        std::find_if(in.services.begin(), in.services.end(), [wanted](const service& one) {
            return one.transport == wanted;
        });
    return found == in.services.end() ? nullptr : &*found;
}

/// "_sip._udp.example.com" below "example.com" gives "_sip._udp"; the domain itself gives "".
/// @returns nothing for a name elsewhere.
std::optional<std::string_view> label_below(std::string_view name, std::string_view domain) {
    if (name == domain) {
        return "";
    }
    if (name.size() <= domain.size() + 1 || !name.ends_with(domain) ||
        name[name.size() - domain.size() - 1] != '.') {
        return std::nullopt;
    }
    return name.substr(0, name.size() - domain.size() - 1);
}

void add_once(std::vector<address>& to, const address& ip) {
    if (to.size() < max_places_shown && std::find(to.begin(), to.end(), ip) == to.end()) {
        to.push_back(ip);
    }
}

/// The place that phones reach which know only the domain's address: they go to the default port,
/// over UDP if they are not told otherwise (RFC 3263 4.1), so such a place is preferred.
std::optional<address> first_place(const domain_view& in, address_family family) {
    const place* best = nullptr;
    int best_rank = 0;
    for (const auto& one : in.services) {
        const bool is_udp = one.transport == transport::udp;
        for (const auto& where : one.places) {
            if (where.ip.family() != family) {
                continue;
            }
            const bool is_default = where.port == default_port(one.transport);
            const int rank =
                (where.state == life::alive ? 4 : 0) + (is_default ? 2 : 0) + (is_udp ? 1 : 0);
            if (!best || rank > best_rank) {
                best = &where;
                best_rank = rank;
            }
        }
    }
    return best ? std::optional(best->ip) : std::nullopt;
}

}  // namespace

stub_answers::stub_answers(std::uint32_t ttl_s) : ttl_s_(std::min(ttl_s, max_ttl_s)) {}

bool stub_answers::serve(std::string_view name) {
    const bool is_known = std::any_of(domains_.begin(), domains_.end(), [name](const domain& one) {
        return one.view.name == name;
    });
    if (is_known || domains_.size() >= max_served_domains || !has_room_for_synthetic_names(name)) {
        return false;
    }
    domain added;
    added.view.name = name;
    domains_.push_back(std::move(added));
    return true;
}

void stub_answers::update(domain_view view) {
    for (auto& one : domains_) {
        if (one.view.name == view.name) {
            one.view = std::move(view);
            one.is_located = true;
            ++one.serial;
            return;
        }
    }
}

const stub_answers::domain* stub_answers::domain_of(std::string_view name) const {
    const domain* found = nullptr;
    for (const auto& one : domains_) {
        const bool is_below = label_below(name, one.view.name).has_value();
        if (is_below && (!found || one.view.name.size() > found->view.name.size())) {
            found = &one;
        }
    }
    return found;
}

stub_record stub_answers::soa_of(const domain& in) const {
    // RFC 2308 5: the negative answer lives for the lesser of the SOA's TTL and MINIMUM.
    return {in.view.name, soa_data{in.serial, ttl_s_}};
}

stub_reply stub_answers::answer(const stub_question& asked) const {
    stub_reply out;
    const auto* in = domain_of(asked.name);
    if (!in) {
        answer_host(asked, out);
        return out;
    }
    const auto label = *label_below(asked.name, in->view.name);
    const auto marker = label_below(label, synthetic_zone);
    const auto named =
        std::find_if(service_names.begin(), service_names.end(), [label](const service_name& one) {
            return one.prefix == label;
        });
    if (marker) {
        answer_synthetic(*marker, asked, out);
    } else if (named != service_names.end() || label.empty()) {
        const bool asks_for_more = label.empty() && !asks_for_address(asked.type) &&
                                   !asks_for(asked.type, record_type::naptr) &&
                                   asked.type != type_soa;
        if (asks_for_more) {
            return out;  // mail, web, ...: not the stub's business
        }
        if (!in->is_located) {
            out.result = verdict::unlocated;
            return out;
        }
        if (in->view.services.empty()) {
            return out;  // no SIP there: the DNS says it better
        }
        if (label.empty()) {
            answer_apex(*in, asked.type, out);
        } else {
            answer_service(*in, named->transport, asked, out);
        }
    } else if (!answer_host(asked, out)) {
        return out;
    }
    if (out.answer.empty()) {
        out.authority.push_back(soa_of(*in));
    }
    return out;
}

std::optional<stub_reply> stub_answers::without_data(const stub_question& asked) const {
    const auto* in = domain_of(asked.name);
    if (!in) {
        return std::nullopt;
    }
    stub_reply out;
    out.result = verdict::answered;
    out.authority.push_back(soa_of(*in));
    return out;
}

void stub_answers::answer_apex(const domain& in, std::uint16_t type, stub_reply& out) const {
    out.result = verdict::answered;
    const auto& name = in.view.name;
    if (type == type_soa) {
        out.answer.push_back(soa_of(in));
    } else if (!asks_for(type, record_type::naptr)) {
        std::vector<address> shown;
        for (const auto family : {address_family::v4, address_family::v6}) {
            if (const auto ip = first_place(in.view, family)) {
                add_once(shown, *ip);
            }
        }
        // A TLS target may be the domain itself; its other addresses follow.
        for (const auto& ip : addresses_of(name, host_use::tls_target)) {
            add_once(shown, ip);
        }
        for (const auto& ip : shown) {
            if (fits(ip, type)) {
                out.answer.push_back({name, ip});
            }
        }
    } else {
        const bool shows_all =
            std::none_of(in.view.services.begin(), in.view.services.end(), is_alive);
        std::uint16_t rank = 0;
        for (const auto& one : in.view.services) {
            const auto service = naptr_service_of(one.transport);
            if (!service || (!shows_all && !is_alive(one))) {
                continue;
            }
            rank = static_cast<std::uint16_t>(rank + 10);
            const auto replacement = std::string(service->prefix) + name;
            // Sofia-SIP compares preferences only, so they rise with the order (RFC 3403 4.1).
            out.answer.push_back(
                {name,
                 naptr_record{rank, rank, false, "s", std::string(service->field), replacement}}
            );
            add_targets(in, one, replacement, out.additional);
        }
        // RFC 3403 4.2.1 lets the server add what the client will ask next.
        add_addresses(std::vector<stub_record>(out.additional), out.additional);
    }
}

void stub_answers::answer_service(
    const domain& in, transport of, const stub_question& asked, stub_reply& out
) const {
    out.result = verdict::answered;
    const auto* found = find(in.view, of);
    const bool is_asked = asks_for(asked.type, record_type::srv) || asked.type == type_any;
    if (found && is_asked) {
        add_targets(in, *found, asked.name, out.answer);
        add_addresses(out.answer, out.additional);
    }
}

void stub_answers::answer_synthetic(
    std::string_view label, const stub_question& asked, stub_reply& out
) const {
    out.result = verdict::answered;
    const auto ip = address_of_label(label);
    if (ip && fits(*ip, asked.type)) {
        out.answer.push_back({asked.name, *ip});
    }
}

bool stub_answers::answer_host(const stub_question& asked, stub_reply& out) const {
    const auto addresses = addresses_of(asked.name, host_use::any);
    if (addresses.empty() || !asks_for_address(asked.type)) {
        return false;
    }
    out.result = verdict::answered;
    for (const auto& ip : addresses) {
        if (fits(ip, asked.type)) {
            out.answer.push_back({asked.name, ip});
        }
    }
    if (out.answer.empty() && !domain_of(asked.name)) {
        // A host outside has no SOA of ours; one at its own name gives the answer its short life.
        out.authority.push_back({asked.name, soa_data{1, ttl_s_}});
    }
    return true;
}

std::vector<address> stub_answers::addresses_of(std::string_view host, host_use use) const {
    std::vector<address> alive;
    std::vector<address> all;
    for (const auto& one : domains_) {
        for (const auto& offered : one.view.services) {
            const bool counts = use == host_use::any || is_secure(offered.transport);
            for (const auto& where : offered.places) {
                if (!counts || host.empty() || where.host != host) {
                    continue;
                }
                add_once(all, where.ip);
                if (where.state == life::alive) {
                    add_once(alive, where.ip);
                }
            }
        }
    }
    return alive.empty() ? all : alive;
}

void stub_answers::add_targets(
    const domain& in, const service& of, std::string_view owner, std::vector<stub_record>& out
) const {
    std::vector<srv_record> targets;
    for (const auto& where : usable_places(of, max_places_shown)) {
        const bool keeps_name = is_secure(of.transport) && !where.host.empty();
        const auto target = keeps_name ? where.host : synthetic_name(where.ip, in.view.name);
        const bool is_there =
            std::any_of(targets.begin(), targets.end(), [&target, &where](const srv_record& other) {
                return other.target == target && other.port == where.port;
            });
        if (!is_there) {
            const auto priority = static_cast<std::uint16_t>(targets.size() + 1);
            // Weight 1: the meaning of 0 beside nothing else differs between phones.
            targets.push_back({priority, 1, where.port, target});
        }
    }
    for (auto& target : targets) {
        out.push_back({std::string(owner), std::move(target)});
    }
}

void stub_answers::add_addresses(const std::vector<stub_record>& of, std::vector<stub_record>& out)
    const {
    std::vector<std::string_view> seen;
    for (const auto& record : of) {
        const auto* target = std::get_if<srv_record>(&record.data);
        if (!target || std::find(seen.begin(), seen.end(), target->target) != seen.end()) {
            continue;
        }
        seen.push_back(target->target);
        auto found = answer({target->target, type_any});
        for (auto& address_record : found.answer) {
            if (std::holds_alternative<address>(address_record.data)) {
                out.push_back(std::move(address_record));
            }
        }
    }
}

}  // namespace sipha::resolver::stub
