#include "dnsgen/render/ldns_record.hpp"

#include <ldns/ldns.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <type_traits>

namespace sipha::dnsgen {

namespace {

struct ldns_deleter {
    void operator()(ldns_rr* rr) const { ldns_rr_free(rr); }
    void operator()(ldns_rr_list* list) const { ldns_rr_list_deep_free(list); }
    void operator()(ldns_rdf* rdf) const { ldns_rdf_deep_free(rdf); }
    void operator()(char* text) const { std::free(text); }
};
template <class Held>
using ldns_ptr = std::unique_ptr<Held, ldns_deleter>;

ldns_rr_type to_ldns(record_type type) {
    return static_cast<ldns_rr_type>(type);
}

/// Fills the data of one record, field by field; remembers when a field could not be made.
class rdata_builder {
  public:
    explicit rdata_builder(ldns_rr* rr) : rr_(rr) {}

    bool is_complete() const {
        if (has_failed_) {
            return false;
        }
        // ldns makes the fields of a type empty; one left so would crash its printer.
        for (std::size_t index = 0; index < ldns_rr_rd_count(rr_); ++index) {
            if (ldns_rr_rdf(rr_, index) == nullptr) {
                return false;
            }
        }
        return field_ > 0;
    }

    void operator()(const geo::ip_address& address) {
        const auto type = address.is_v4() ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA;
        const auto bytes = address.bytes();
        put(ldns_rdf_new_frm_data(type, bytes.size(), bytes.data()));
    }
    void operator()(const dns_name& name) { put_name(name); }
    void operator()(const soa_rdata& soa) {
        put_name(soa.mname);
        put_name(soa.rname);
        put(ldns_native2rdf_int32(LDNS_RDF_TYPE_INT32, soa.serial));
        for (const auto timer :
             {soa.timers.refresh, soa.timers.retry, soa.timers.expire, soa.timers.minimum}) {
            put(ldns_native2rdf_int32(LDNS_RDF_TYPE_PERIOD, timer.count()));
        }
    }
    void operator()(const srv_rdata& srv) {
        put_number(srv.priority);
        put_number(srv.weight);
        put_number(srv.port);
        put_name(srv.target);
    }
    void operator()(const naptr_rdata& naptr) {
        put_number(naptr.order);
        put_number(naptr.preference);
        put_string(naptr.flags);
        put_string(naptr.service);
        put_string(naptr.regexp);
        put_name(naptr.replacement);
    }

  private:
    void put(ldns_rdf* field) {
        if (field == nullptr || field_ >= ldns_rr_rd_count(rr_)) {
            has_failed_ = true;
            ldns_rdf_deep_free(field);
            return;
        }
        ldns_rdf_deep_free(ldns_rr_set_rdf(rr_, field, field_++));
    }
    void put_number(std::uint16_t number) {
        put(ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, number));
    }
    void put_name(const dns_name& name) {
        const auto wire = name.to_wire();
        put(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, wire.size(), wire.data()));
    }
    void put_string(const std::string& text) {
        // RFC 1035 section 3.3: one length octet.
        if (text.size() > 255) {
            has_failed_ = true;
            return;
        }
        std::string wire(1, static_cast<char>(text.size()));
        wire += text;
        put(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, wire.size(), wire.data()));
    }

    ldns_rr* rr_;
    std::size_t field_ = 0;
    bool has_failed_ = false;
};

ldns_ptr<ldns_rr> make_record(const record_set& set, const rdata& record) {
    ldns_ptr<ldns_rr> rr(ldns_rr_new_frm_type(to_ldns(set.type)));
    if (!rr) {
        return nullptr;
    }
    const auto owner = set.owner.to_wire();
    ldns_rdf* name = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, owner.size(), owner.data());
    if (name == nullptr) {
        return nullptr;
    }
    ldns_rr_set_owner(rr.get(), name);
    ldns_rr_set_class(rr.get(), LDNS_RR_CLASS_IN);
    ldns_rr_set_type(rr.get(), to_ldns(set.type));
    ldns_rr_set_ttl(rr.get(), set.ttl.count());
    rdata_builder builder(rr.get());
    std::visit([&](const auto& fields) { builder(fields); }, record);
    return builder.is_complete() ? std::move(rr) : nullptr;
}

/// The records of a set in canonical order, or nothing.
ldns_ptr<ldns_rr_list> make_list(const record_set& set) {
    ldns_ptr<ldns_rr_list> list(ldns_rr_list_new());
    for (const auto& record : set.records) {
        auto rr = make_record(set, record);
        if (!list || !rr || !ldns_rr_list_push_rr(list.get(), rr.get())) {
            return nullptr;
        }
        static_cast<void>(rr.release());
    }
    if (list) {
        ldns_rr_list_sort(list.get());
    }
    return list;
}

}  // namespace

std::string zone_lines(const record_set& set) {
    const auto list = make_list(set);
    std::string result;
    for (std::size_t index = 0; list && index < ldns_rr_list_rr_count(list.get()); ++index) {
        const ldns_ptr<char> line(ldns_rr2str(ldns_rr_list_rr(list.get(), index)));
        if (!line) {
            return {};
        }
        result += line.get();
    }
    return result;
}

std::vector<std::string> rdata_texts(const record_set& set) {
    const auto list = make_list(set);
    std::vector<std::string> result;
    for (std::size_t index = 0; list && index < ldns_rr_list_rr_count(list.get()); ++index) {
        const auto* rr = ldns_rr_list_rr(list.get(), index);
        std::string text;
        for (std::size_t field = 0; field < ldns_rr_rd_count(rr); ++field) {
            const ldns_ptr<char> part(ldns_rdf2str(ldns_rr_rdf(rr, field)));
            if (!part) {
                return {};
            }
            text += text.empty() ? "" : " ";
            text += part.get();
        }
        result.push_back(std::move(text));
    }
    return result;
}

}  // namespace sipha::dnsgen
