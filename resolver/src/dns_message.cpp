#include "resolver/src/dns_message.hpp"

#include <ldns/ldns.h>

#include <sipha/resolver/options.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "resolver/src/names.hpp"

namespace sipha::resolver::detail {
namespace {

constexpr std::size_t header_bytes = 12;

struct packet_deleter {
    void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using packet_ptr = std::unique_ptr<ldns_pkt, packet_deleter>;

/// Lower-case text of a name, read label by label: a dot inside a label must not look like a
/// separator. @returns nothing when a label cannot stand in a host or service name; "" for ".".
std::optional<std::string> name_text(const ldns_rdf* rdf) {
    if (!rdf || ldns_rdf_get_type(rdf) != LDNS_RDF_TYPE_DNAME) {
        return std::nullopt;
    }
    std::string_view wire(reinterpret_cast<const char*>(ldns_rdf_data(rdf)), ldns_rdf_size(rdf));
    std::string text;
    while (!wire.empty() && wire.front() != '\0') {
        const auto length = static_cast<unsigned char>(wire.front());
        const auto label = wire.substr(1, length);
        if (label.size() != length || !is_usable_label(label)) {
            return std::nullopt;
        }
        if (!text.empty()) {
            text += '.';
        }
        std::transform(label.begin(), label.end(), std::back_inserter(text), to_lower);
        wire.remove_prefix(1 + std::size_t{length});
    }
    return text.size() <= max_name_length ? std::optional(std::move(text)) : std::nullopt;
}

std::uint16_t number16(const ldns_rdf* rdf) {
    return rdf && ldns_rdf_size(rdf) == 2 ? ldns_rdf2native_int16(rdf) : std::uint16_t{0};
}

/// A character-string of RFC 1035 3.3: a length octet, then raw octets.
std::string octets(const ldns_rdf* rdf) {
    if (!rdf || ldns_rdf_size(rdf) == 0) {
        return {};
    }
    return {reinterpret_cast<const char*>(ldns_rdf_data(rdf)) + 1, ldns_rdf_size(rdf) - 1};
}

std::optional<address> address_of(const ldns_rr* record) {
    const auto* rdf = ldns_rr_rdf(record, 0);
    if (!rdf) {
        return std::nullopt;
    }
    const auto* data = ldns_rdf_data(rdf);
    if (ldns_rr_get_type(record) == LDNS_RR_TYPE_A && ldns_rdf_size(rdf) == 4) {
        return address::v4(std::span<const std::uint8_t, 4>(data, 4));
    }
    if (ldns_rr_get_type(record) == LDNS_RR_TYPE_AAAA && ldns_rdf_size(rdf) == 16) {
        return address::v6(std::span<const std::uint8_t, 16>(data, 16));
    }
    return std::nullopt;
}

std::uint32_t ttl_of(const ldns_rr* record) {
    // RFC 8767 4: a TTL with the high bit set is large, not negative and not zero.
    return std::min(ldns_rr_ttl(record), max_ttl_s);
}

bool is_of(const ldns_rr* record, const std::string& owner, ldns_rr_type type) {
    return ldns_rr_get_type(record) == type && ldns_rr_get_class(record) == LDNS_RR_CLASS_IN &&
           name_text(ldns_rr_owner(record)) == owner;
}

/// Whether a name is the zone or below it; the root "" holds all.
bool is_within(std::string_view name, std::string_view zone) {
    return zone.empty() || name == zone ||
           (name.size() > zone.size() && name.ends_with(zone) &&
            name[name.size() - zone.size() - 1] == '.');
}

dns_answer failure(errc reason) {
    dns_answer answer;
    answer.error = reason;
    return answer;
}

class reader {
  public:
    reader(const question& asked, const ldns_pkt* packet) : asked_(asked), packet_(packet) {}

    /// The code with its upper eight bits, which EDNS carries: without them "bad version" reads as
    /// "no error" (RFC 6891 6.1.3).
    unsigned rcode() const {
        const unsigned upper = ldns_pkt_edns(packet_) ? ldns_pkt_edns_extended_rcode(packet_) : 0U;
        return upper << 4 | static_cast<unsigned>(ldns_pkt_get_rcode(packet_));
    }

    dns_answer read() {
        if (!is_reply_to_question()) {
            return failure(errc::dns_malformed);
        }
        const auto rcode = this->rcode();
        if (rcode != rcode_no_error && rcode != rcode_name_error) {
            return failure(errc::dns_temporary);
        }
        answer_.ttl_s = max_ttl_s;
        if (!follow_aliases()) {
            return failure(errc::alias_loop);
        }
        take_records();
        const bool has_records =
            !answer_.addresses.empty() || !answer_.srv.empty() || !answer_.naptr.empty();
        if (has_records) {
            answer_.status = answer_status::found;
            take_glue();
        } else if (answer_.rejected_records != 0) {
            answer_.status = answer_status::no_data;
            answer_.ttl_s = std::min(answer_.ttl_s, max_negative_ttl_s);
        } else {
            conclude_negative(rcode == rcode_name_error);
        }
        return std::move(answer_);
    }

  private:
    bool is_reply_to_question() const {
        const auto* questions = ldns_pkt_question(packet_);
        if (!ldns_pkt_qr(packet_) || ldns_pkt_get_opcode(packet_) != LDNS_PACKET_QUERY ||
            ldns_pkt_tc(packet_) || !questions || ldns_rr_list_rr_count(questions) != 1) {
            return false;
        }
        return is_of(ldns_rr_list_rr(questions, 0), asked_.name, wire_type());
    }

    ldns_rr_type wire_type() const { return static_cast<ldns_rr_type>(asked_.type); }

    template <class Visit>
    static void for_each(const ldns_rr_list* list, Visit visit) {
        for (std::size_t index = 0; list && index < ldns_rr_list_rr_count(list); ++index) {
            visit(ldns_rr_list_rr(list, index));
        }
    }

    void lower_ttl(const ldns_rr* record) {
        answer_.ttl_s = std::min(answer_.ttl_s, ttl_of(record));
    }

    /// RFC 1034 3.6.2. @returns false when the chain is longer than the limit or goes round.
    bool follow_aliases() {
        owner_ = asked_.name;
        for (std::size_t links = 0; links <= max_aliases; ++links) {
            const ldns_rr* alias = nullptr;
            for_each(ldns_pkt_answer(packet_), [&](const ldns_rr* record) {
                alias = !alias && is_of(record, owner_, LDNS_RR_TYPE_CNAME) ? record : alias;
            });
            if (!alias) {
                return true;
            }
            const auto target = name_text(ldns_rr_rdf(alias, 0));
            if (!target || target->empty()) {
                ++answer_.rejected_records;
                return true;
            }
            lower_ttl(alias);
            owner_ = *target;
            answer_.alias_of = *target;
        }
        return false;
    }

    void take_records() {
        for_each(ldns_pkt_answer(packet_), [this](const ldns_rr* record) {
            if (!is_of(record, owner_, wire_type())) {
                return;
            }
            const auto taken = answer_.addresses.size() + answer_.srv.size() + answer_.naptr.size();
            if (taken >= max_records_per_answer || !take(record)) {
                ++answer_.rejected_records;
                return;
            }
            lower_ttl(record);
        });
    }

    bool take(const ldns_rr* record) {
        if (asked_.type == record_type::srv) {
            const auto target = name_text(ldns_rr_rdf(record, 3));
            if (target) {
                answer_.srv.push_back(
                    {number16(ldns_rr_rdf(record, 0)),
                     number16(ldns_rr_rdf(record, 1)),
                     number16(ldns_rr_rdf(record, 2)),
                     *target}
                );
            }
            return target.has_value();
        }
        if (asked_.type == record_type::naptr) {
            const auto replacement = name_text(ldns_rr_rdf(record, 5));
            if (replacement) {
                answer_.naptr.push_back(
                    {number16(ldns_rr_rdf(record, 0)),
                     number16(ldns_rr_rdf(record, 1)),
                     !octets(ldns_rr_rdf(record, 4)).empty(),
                     octets(ldns_rr_rdf(record, 2)),
                     octets(ldns_rr_rdf(record, 3)),
                     *replacement}
                );
            }
            return replacement.has_value();
        }
        const auto ip = address_of(record);
        if (ip) {
            answer_.addresses.push_back(*ip);
        }
        return ip.has_value();
    }

    bool names_host(const std::string& host) const {
        return std::any_of(
                   answer_.srv.begin(),
                   answer_.srv.end(),
                   [&host](const srv_record& record) { return record.target == host; }
               ) ||
               std::any_of(
                   answer_.naptr.begin(),
                   answer_.naptr.end(),
                   [&host](const naptr_record& record) { return record.replacement == host; }
               );
    }

    /// RFC 2782 lets servers add the targets' addresses. Others are none of this answer's business
    /// and could poison the cache.
    void take_glue() {
        for_each(ldns_pkt_additional(packet_), [this](const ldns_rr* record) {
            const auto ip = address_of(record);
            const auto owner = name_text(ldns_rr_owner(record));
            if (!ip || !owner || ldns_rr_get_class(record) != LDNS_RR_CLASS_IN ||
                !names_host(*owner)) {
                return;
            }
            const question about{
                *owner, ip->family() == address_family::v4 ? record_type::a : record_type::aaaa};
            auto& glue = answer_.glue;
            auto known = std::find_if(glue.begin(), glue.end(), [&about](const glue_record& other) {
                return other.about == about;
            });
            if (known == glue.end()) {
                if (glue.size() >= max_glue_hosts) {
                    return;
                }
                known = glue.insert(glue.end(), {about, {}, max_ttl_s});
            }
            known->addresses.push_back(*ip);
            known->ttl_s = std::min(known->ttl_s, ttl_of(record));
        });
    }

    void conclude_negative(bool is_name_error) {
        // RFC 2308 5: negative answers live for the lesser of the SOA's TTL and MINIMUM field.
        std::optional<std::uint32_t> soa_ttl;
        bool has_delegation = false;
        for_each(ldns_pkt_authority(packet_), [&](const ldns_rr* record) {
            has_delegation = has_delegation || ldns_rr_get_type(record) == LDNS_RR_TYPE_NS;
            const auto* minimum = ldns_rr_rdf(record, 6);
            const auto zone = name_text(ldns_rr_owner(record));
            if (ldns_rr_get_type(record) == LDNS_RR_TYPE_SOA && minimum &&
                ldns_rdf_size(minimum) == 4 && zone && is_within(owner_, *zone)) {
                soa_ttl = std::min(ldns_rr_ttl(record), ldns_rdf2native_int32(minimum));
            }
        });
        if (!is_name_error && !soa_ttl && has_delegation && answer_.alias_of.empty()) {
            // RFC 2308 2.2: name servers without SOA refer to others. That is no word about the
            // name, it is a server that does not recurse.
            answer_ = failure(errc::dns_temporary);
            return;
        }
        const bool is_chain_open = !answer_.alias_of.empty() && !is_name_error && !soa_ttl;
        if (is_chain_open) {
            answer_.status = answer_status::alias;
            return;
        }
        answer_.status = is_name_error ? answer_status::no_such_name : answer_status::no_data;
        const auto limit =
            std::min(soa_ttl.value_or(negative_ttl_without_soa_s), max_negative_ttl_s);
        answer_.ttl_s = std::min(answer_.ttl_s, limit);
    }

    const question& asked_;
    const ldns_pkt* packet_;
    dns_answer answer_;
    std::string owner_;
};

}  // namespace

std::vector<std::uint8_t> encode_query(const question& asked, const query_form& form) {
    std::vector<std::uint8_t> out;
    out.reserve(fixed_query_octets + asked.name.size());
    const auto put16 = [&out](unsigned value) {
        out.push_back(static_cast<std::uint8_t>(value >> 8));
        out.push_back(static_cast<std::uint8_t>(value & 0xff));
    };
    constexpr unsigned recursion_desired = 0x0100;
    constexpr unsigned authentic_data = 0x0020;
    const unsigned flags = recursion_desired | (form.wants_ad ? authentic_data : 0U);
    const bool has_edns = form.edns == edns_use::on;
    for (const unsigned value : {unsigned{form.id}, flags, 1U, 0U, 0U, has_edns ? 1U : 0U}) {
        put16(value);
    }
    if (asked.name.size() > max_name_length) {
        return {};
    }
    auto upper_case = form.upper_case;
    for (std::string_view rest = asked.name; !rest.empty();) {
        const auto label = rest.substr(0, rest.find('.'));
        if (label.empty() || label.size() > max_label_length) {
            return {};
        }
        out.push_back(static_cast<std::uint8_t>(label.size()));
        for (const char octet : label) {
            const bool is_letter = octet >= 'a' && octet <= 'z';
            const bool is_upper = is_letter && (upper_case & 1) != 0;
            upper_case = is_letter ? upper_case >> 1 | upper_case << 63 : upper_case;
            out.push_back(static_cast<std::uint8_t>(is_upper ? octet - 'a' + 'A' : octet));
        }
        rest.remove_prefix(std::min(rest.size(), label.size() + 1));
    }
    out.push_back(0);
    put16(static_cast<unsigned>(asked.type));
    put16(LDNS_RR_CLASS_IN);
    if (has_edns) {
        // RFC 6891 6.1.2: root owner, type OPT, size in the class field, no flags, no options.
        out.push_back(0);
        put16(LDNS_RR_TYPE_OPT);
        put16(edns_udp_bytes);
        for (int zero = 0; zero < 3; ++zero) {
            put16(0);
        }
    }
    return out;
}

std::optional<std::uint16_t> id_of(std::span<const std::uint8_t> message) {
    if (message.size() < header_bytes) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(message[0] << 8 | message[1]);
}

std::uint8_t rcode_of(std::span<const std::uint8_t> message) {
    return message.size() < header_bytes ? std::uint8_t{rcode_format_error}
                                         : static_cast<std::uint8_t>(message[3] & 0x0f);
}

bool is_reply_to(std::span<const std::uint8_t> query, std::span<const std::uint8_t> message) {
    constexpr unsigned qr_and_opcode = 0xf8;
    constexpr unsigned qr = 0x80;
    if (message.size() < header_bytes || query.size() < header_bytes ||
        id_of(message) != id_of(query) || (message[2] & qr_and_opcode) != qr) {
        return false;
    }
    const unsigned questions = static_cast<unsigned>(message[4] << 8 | message[5]);
    const unsigned rcode = rcode_of(message);
    if (questions == 0) {
        return rcode != rcode_no_error && rcode != rcode_name_error;
    }
    // The question follows the header; ours ends after root label, type and class.
    auto end = header_bytes;
    while (end < query.size() && query[end] != 0) {
        end += std::size_t{query[end]} + 1;
    }
    end += 5;
    return questions == 1 && end <= query.size() && end <= message.size() &&
           std::equal(
               query.begin() + header_bytes,
               query.begin() + static_cast<std::ptrdiff_t>(end),
               message.begin() + header_bytes
           );
}

dns_reply decode_reply(const question& asked, std::span<const std::uint8_t> message) {
    dns_reply reply;
    reply.answer = failure(errc::dns_malformed);
    reply.rcode = rcode_of(message);
    if (message.size() < header_bytes) {
        return reply;
    }
    // Read by hand first: a cut or strange message may be unreadable and still say this.
    constexpr unsigned truncated = 0x02;
    reply.is_truncated = (message[2] & truncated) != 0;
    ldns_pkt* raw = nullptr;
    if (ldns_wire2pkt(&raw, message.data(), message.size()) != LDNS_STATUS_OK) {
        return reply;
    }
    const packet_ptr packet(raw);
    reader content(asked, packet.get());
    reply.rcode = content.rcode();
    reply.is_authentic = ldns_pkt_ad(packet.get());
    reply.answer = content.read();
    return reply;
}

dns_answer decode_answer(const question& asked, std::span<const std::uint8_t> message) {
    return decode_reply(asked, message).answer;
}

}  // namespace sipha::resolver::detail
