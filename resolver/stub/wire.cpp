#include "resolver/stub/wire.hpp"

#include <ldns/ldns.h>

#include <algorithm>
#include <array>
#include <string>

#include "resolver/src/names.hpp"

namespace sipha::resolver::stub {
namespace {

constexpr std::uint8_t response_flag = 0x80;             // in octet 2, RFC 1035 4.1.1
constexpr std::uint8_t truncated_flag = 0x02;            // in octet 2
constexpr std::uint8_t recursion_desired_flag = 0x01;    // in octet 2
constexpr std::uint8_t recursion_available_flag = 0x80;  // in octet 3
constexpr std::uint8_t opcode_mask = 0x78;               // in octet 2
constexpr std::size_t fewest_srv_records = 2;
constexpr std::uint32_t soa_refresh_s = 60;
constexpr std::uint32_t soa_retry_s = 10;
constexpr std::uint32_t soa_expire_s = 604'800;

struct record_deleter {
    void operator()(ldns_rr* record) const { ldns_rr_free(record); }
};
using record_ptr = std::unique_ptr<ldns_rr, record_deleter>;
using packet_ptr = std::unique_ptr<ldns_struct_pkt, packet_deleter>;

/// @returns nothing when a label holds octets that no host or service name uses.
std::optional<std::string> name_text(const ldns_rdf* name) {
    std::string text;
    const auto* data = ldns_rdf_data(name);
    const auto size = ldns_rdf_size(name);
    for (std::size_t at = 0; at < size && data[at] != 0; at += 1 + std::size_t{data[at]}) {
        std::string label(reinterpret_cast<const char*>(data + at + 1), data[at]);
        if (!detail::is_usable_label(label)) {
            return std::nullopt;
        }
        std::transform(label.begin(), label.end(), label.begin(), detail::to_lower);
        text += text.empty() ? "" : ".";
        text += label;
    }
    return text;
}

ldns_rdf* name_field(const std::string& name) {
    return ldns_dname_new_frm_str((name + '.').c_str());
}

ldns_rdf* text_field(const std::string& text) {
    ldns_rdf* field = nullptr;
    const bool is_read = ldns_str2rdf_str(&field, text.c_str()) == LDNS_STATUS_OK;
    return is_read ? field : nullptr;
}

ldns_rdf* number_field(std::uint16_t value) {
    return ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, value);
}

ldns_rdf* long_field(std::uint32_t value) {
    return ldns_native2rdf_int32(LDNS_RDF_TYPE_INT32, value);
}

/// The fields of one kind of record, in the order of the wire.
struct field_maker {
    ldns_rr_type type = LDNS_RR_TYPE_A;
    std::vector<ldns_rdf*> fields;

    void operator()(const address& ip) {
        const bool is_v4 = ip.family() == address_family::v4;
        type = is_v4 ? LDNS_RR_TYPE_A : LDNS_RR_TYPE_AAAA;
        const auto kind = is_v4 ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA;
        fields = {ldns_rdf_new_frm_data(kind, ip.bytes().size(), ip.bytes().data())};
    }
    void operator()(const srv_record& srv) {
        type = LDNS_RR_TYPE_SRV;
        fields = {
            number_field(srv.priority),
            number_field(srv.weight),
            number_field(srv.port),
            name_field(srv.target)};
    }
    void operator()(const naptr_record& naptr) {
        type = LDNS_RR_TYPE_NAPTR;
        fields = {
            number_field(naptr.order),
            number_field(naptr.preference),
            text_field(naptr.flags),
            text_field(naptr.services),
            text_field(""),
            name_field(naptr.replacement)};
    }
    void operator()(const soa_data& soa) {
        type = LDNS_RR_TYPE_SOA;
        fields = {
            name_field("localhost"),
            name_field("nobody.invalid"),
            long_field(soa.serial),
            long_field(soa_refresh_s),
            long_field(soa_retry_s),
            long_field(soa_expire_s),
            long_field(soa.minimum_s)};
    }
};

record_ptr make_record(const stub_record& from, std::uint32_t ttl_s) {
    field_maker made;
    std::visit(made, from.data);
    record_ptr record(ldns_rr_new());
    bool is_whole = record != nullptr;
    for (auto* field : made.fields) {
        is_whole = is_whole && field && ldns_rr_push_rdf(record.get(), field);
        if (!is_whole && field) {
            ldns_rdf_deep_free(field);
        }
    }
    auto* owner = name_field(from.owner);
    if (!is_whole || !owner) {
        ldns_rdf_deep_free(owner);
        return nullptr;
    }
    ldns_rr_set_owner(record.get(), owner);
    ldns_rr_set_type(record.get(), made.type);
    ldns_rr_set_class(record.get(), LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(record.get(), ttl_s);
    return record;
}

bool push(
    ldns_pkt* packet,
    ldns_pkt_section section,
    const std::vector<stub_record>& records,
    std::uint32_t ttl_s
) {
    for (const auto& one : records) {
        auto record = make_record(one, ttl_s);
        if (!record || !ldns_pkt_push_rr(packet, section, record.get())) {
            return false;
        }
        record.release();  // the packet owns it now
    }
    return true;
}

enum class truncation : std::uint8_t { whole, truncated };

std::vector<std::uint8_t> write(
    const query& of, const stub_reply& reply, std::uint32_t ttl_s, truncation mark
) {
    packet_ptr packet(ldns_pkt_new());
    if (!packet) {
        return {};
    }
    auto* out = packet.get();
    const auto* in = of.packet.get();
    ldns_pkt_set_id(out, of.id);
    ldns_pkt_set_qr(out, true);
    ldns_pkt_set_aa(out, true);
    ldns_pkt_set_rd(out, ldns_pkt_rd(in));
    ldns_pkt_set_ra(out, true);
    ldns_pkt_set_cd(out, ldns_pkt_cd(in));
    ldns_pkt_set_tc(out, mark == truncation::truncated);
    if (ldns_pkt_edns(in)) {
        ldns_pkt_set_edns_udp_size(out, largest_udp_bytes);
    }
    auto* question = ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(in), 0));
    if (!question || !ldns_pkt_push_rr(out, LDNS_SECTION_QUESTION, question)) {
        ldns_rr_free(question);
        return {};
    }
    if (!push(out, LDNS_SECTION_ANSWER, reply.answer, ttl_s) ||
        !push(out, LDNS_SECTION_AUTHORITY, reply.authority, ttl_s) ||
        !push(out, LDNS_SECTION_ADDITIONAL, reply.additional, ttl_s)) {
        return {};
    }
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    if (ldns_pkt2wire(&bytes, out, &size) != LDNS_STATUS_OK) {
        return {};
    }
    std::vector<std::uint8_t> message(bytes, bytes + size);
    LDNS_FREE(bytes);
    return message;
}

/// Takes the least needed records out. @returns false when nothing may be left out.
bool shorten(stub_reply& reply) {
    auto& extra = reply.additional;
    if (!extra.empty()) {
        // RFC 2181 5 and 9: a record set goes as a whole, or a cache takes the rest for all of it.
        const auto owner = extra.back().owner;
        const auto kind = extra.back().data.index();
        while (!extra.empty() && extra.back().owner == owner && extra.back().data.index() == kind) {
            extra.pop_back();
        }
        return true;
    }
    const bool is_srv =
        !reply.answer.empty() && std::holds_alternative<srv_record>(reply.answer.back().data);
    if (is_srv && reply.answer.size() > fewest_srv_records) {
        reply.answer.pop_back();
        return true;
    }
    return false;
}

}  // namespace

void packet_deleter::operator()(ldns_struct_pkt* packet) const {
    ldns_pkt_free(packet);
}

query parse_query(std::span<const std::uint8_t> message) {
    query out;
    if (message.size() < header_bytes || is_response(message)) {
        return out;
    }
    out.kind = query_kind::faulty;
    out.id = message_id(message);
    if ((message[2] & opcode_mask) != 0) {
        out.fault = rcode::not_implemented;
        return out;
    }
    ldns_pkt* raw = nullptr;
    if (message.size() > max_query_bytes || question_bytes(message).empty() ||
        ldns_wire2pkt(&raw, message.data(), message.size()) != LDNS_STATUS_OK) {
        return out;
    }
    out.packet.reset(raw);
    if (ldns_pkt_qdcount(raw) != 1 || ldns_pkt_ancount(raw) != 0) {
        return out;
    }
    if (ldns_pkt_edns(raw)) {
        if (ldns_pkt_edns_version(raw) != 0) {
            out.fault = rcode::bad_version;  // RFC 6891 6.1.3
            return out;
        }
        out.udp_bytes = std::clamp<std::size_t>(
            ldns_pkt_edns_udp_size(raw), plain_udp_bytes, largest_udp_bytes
        );
    }
    const auto* question = ldns_rr_list_rr(ldns_pkt_question(raw), 0);
    if (ldns_rr_get_class(question) != LDNS_RR_CLASS_IN) {
        out.fault = rcode::refused;
        return out;
    }
    out.kind = query_kind::query;
    if (auto name = name_text(ldns_rr_owner(question))) {
        out.asked =
            stub_question{std::move(*name), static_cast<std::uint16_t>(ldns_rr_get_type(question))};
    }
    return out;
}

std::vector<std::uint8_t> build_reply(
    const query& of, const stub_reply& reply, std::uint32_t ttl_s, std::size_t max_bytes
) {
    auto message = write(of, reply, ttl_s, truncation::whole);
    if (message.size() <= max_bytes) {
        return message;
    }
    auto shorter = reply;
    while (shorten(shorter)) {
        message = write(of, shorter, ttl_s, truncation::whole);
        if (message.size() <= max_bytes) {
            return message;
        }
    }
    return write(of, {}, ttl_s, truncation::truncated);
}

std::vector<std::uint8_t> build_failure(std::span<const std::uint8_t> message, rcode code) {
    constexpr std::uint8_t kept_flags = opcode_mask | recursion_desired_flag;
    const auto value = static_cast<std::uint8_t>(code);
    const auto asked = question_bytes(message);
    std::vector<std::uint8_t> out{
        message[0],
        message[1],
        static_cast<std::uint8_t>(response_flag | (message[2] & kept_flags)),
        static_cast<std::uint8_t>(recursion_available_flag | (value & 0x0fU))};
    const bool needs_extension = value > 0x0f;
    const std::array<std::uint8_t, 8> counts{
        0,
        static_cast<std::uint8_t>(asked.empty() ? 0 : 1),
        0,
        0,
        0,
        0,
        0,
        static_cast<std::uint8_t>(needs_extension ? 1 : 0)};
    out.insert(out.end(), counts.begin(), counts.end());
    out.insert(out.end(), asked.begin(), asked.end());
    if (needs_extension) {
        // RFC 6891 6.1.3: the upper bits of the code go into an OPT record, version 0.
        const std::array<std::uint8_t, 11> option{
            0,
            0,
            static_cast<std::uint8_t>(LDNS_RR_TYPE_OPT),
            static_cast<std::uint8_t>(largest_udp_bytes >> 8U),
            static_cast<std::uint8_t>(largest_udp_bytes & 0xffU),
            static_cast<std::uint8_t>(value >> 4U),
            0,
            0,
            0,
            0,
            0};
        out.insert(out.end(), option.begin(), option.end());
    }
    return out;
}

std::span<const std::uint8_t> question_bytes(std::span<const std::uint8_t> message) {
    constexpr std::size_t type_and_class = 4;
    if (message.size() < header_bytes || message[4] != 0 || message[5] != 1) {
        return {};
    }
    std::size_t at = header_bytes;
    while (at < message.size() && message[at] != 0) {
        if (message[at] > detail::max_label_length) {
            return {};  // a pointer has nothing to point at before the first name
        }
        at += 1 + std::size_t{message[at]};
    }
    const auto end = at + 1 + type_and_class;
    return end <= message.size() ? message.subspan(header_bytes, end - header_bytes)
                                 : std::span<const std::uint8_t>{};
}

bool is_response(std::span<const std::uint8_t> message) {
    return message.size() > 2 && (message[2] & response_flag) != 0;
}

bool is_truncated(std::span<const std::uint8_t> message) {
    return message.size() > 2 && (message[2] & truncated_flag) != 0;
}

std::uint16_t message_id(std::span<const std::uint8_t> message) {
    return static_cast<std::uint16_t>(message[0] << 8 | message[1]);
}

void set_message_id(std::span<std::uint8_t> message, std::uint16_t id) {
    message[0] = static_cast<std::uint8_t>(id >> 8U);
    message[1] = static_cast<std::uint8_t>(id & 0xffU);
}

}  // namespace sipha::resolver::stub
