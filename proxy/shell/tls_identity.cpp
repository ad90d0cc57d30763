#include "proxy/shell/tls_identity.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>

#include "proxy/sip/text.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::shell {

namespace {

struct free_names {
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string_view text_of(const ASN1_STRING* text) {
    const std::string_view all(
        reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
        static_cast<std::size_t>(ASN1_STRING_length(text))
    );
    return all.find('\0') == std::string_view::npos ? all : std::string_view();
}

void take_uri(std::string_view text, certificate_names& out) {
    const auto uri = sip::parse_uri(text);
    // RFC 5922 7.1: only the sip scheme, and a user part makes it a person instead of a domain.
    if (uri && uri->is_sip() && !uri->is_sips() && uri->user.empty()) {
        out.sip_domains.emplace_back(uri->host);
    }
}

void take_address(const ASN1_OCTET_STRING* octets, certificate_names& out) {
    const auto* data = ASN1_STRING_get0_data(octets);
    if (ASN1_STRING_length(octets) == 4) {
        out.addresses.push_back(geo::ip_address::v4(std::span<const std::uint8_t, 4>(data, 4)));
    } else if (ASN1_STRING_length(octets) == 16) {
        out.addresses.push_back(geo::ip_address::v6(std::span<const std::uint8_t, 16>(data, 16)));
    }
}

void take_common_name(const X509& certificate, certificate_names& out) {
    const auto* subject = X509_get_subject_name(&certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0) {
        out.common_name = text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    }
}

bool is_among(const std::vector<std::string>& names, std::string_view domain) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return sip::equal_ignoring_case(name, domain);
    });
}

}  // namespace

certificate_names names_of(const X509& certificate) {
    certificate_names out;
    take_common_name(certificate, out);
    const std::unique_ptr<GENERAL_NAMES, free_names> all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)
    ));
    // One that cannot be read must not bring the common name back.
    out.has_alternative_names = X509_get_ext_by_NID(&certificate, NID_subject_alt_name, -1) >= 0;
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(all.get(), i);
        if (name->type == GEN_URI) {
            take_uri(text_of(name->d.uniformResourceIdentifier), out);
        } else if (name->type == GEN_DNS && !text_of(name->d.dNSName).empty()) {
            out.dns.emplace_back(text_of(name->d.dNSName));
        } else if (name->type == GEN_IPADD) {
            take_address(name->d.iPAddress, out);
        }
    }
    return out;
}

bool proves_domain(const certificate_names& names, std::string_view domain) {
    if (domain.empty()) {
        return false;
    }
    if (!names.has_alternative_names) {
        return sip::equal_ignoring_case(names.common_name, domain);
    }
    return is_among(names.sip_domains, domain) || is_among(names.dns, domain);
}

bool proves_address(const certificate_names& names, const geo::ip_address& address) {
    return std::find(names.addresses.begin(), names.addresses.end(), address) !=
           names.addresses.end();
}

std::string identity_of(const certificate_names& names) {
    if (!names.sip_domains.empty()) {
        return names.sip_domains.front();
    }
    if (!names.dns.empty()) {
        return names.dns.front();
    }
    return names.has_alternative_names ? std::string() : names.common_name;
}

}  // namespace sipha::shell
