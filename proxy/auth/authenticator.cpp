#include "proxy/auth/authenticator.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/sip/text.hpp"
#include "proxy/sip/uri.hpp"

namespace sipha::auth {

namespace {

constexpr sip::header_id header_of(role asked) {
    return asked == role::registrar ? sip::header_id::authorization
                                    : sip::header_id::proxy_authorization;
}

std::uint16_t effective_port(const sip::uri& of) {
    return of.port.value_or(of.is_sips() ? 5061 : 5060);
}

/// True when both texts name one user: escapes undone on either side.
bool is_same_user(std::string_view left, std::string_view right) {
    sip::uri a;
    sip::uri b;
    a.scheme = b.scheme = "sip";
    a.host = b.host = "h";
    a.user = left;
    b.user = right;
    return sip::equivalent(a, b);
}

}  // namespace

bool is_same_target(std::string_view digest_uri, std::string_view request_uri) {
    if (digest_uri == request_uri) {
        return true;
    }
    const auto left = sip::parse_uri(digest_uri);
    const auto right = sip::parse_uri(request_uri);
    return left && right && left->is_sip() && right->is_sip() &&
           left->is_sips() == right->is_sips() && is_same_user(left->user, right->user) &&
           sip::equal_ignoring_case(left->host, right->host) &&
           effective_port(*left) == effective_port(*right);
}

authenticator::authenticator(
    auth_options options, const crypto::mac& key, std::uint64_t first_nonce
)
    : options_(std::move(options)),
      nonces_(key, options_.nonce_lifetime, first_nonce),
      uses_(
          std::max<std::size_t>(1, options_.max_nonces),
          static_cast<std::uint32_t>(options_.nonce_lifetime.count())
      ),
      dummy_secret_(key.sign("no such user", {})) {
    std::erase_if(options_.algorithms, [this](algorithm each) { return !hasher_.has(each); });
}

bool authenticator::is_offered(const credentials& given) const {
    const auto& offered = options_.algorithms;
    return given.algorithm &&
           std::find(offered.begin(), offered.end(), *given.algorithm) != offered.end();
}

authenticator::found authenticator::find_credentials(
    const request& what, std::string_view realm, credentials& out
) const {
    // RFC 3261 22.3: credentials for several realms may stand in one request, each in a field of
    // its own. A broken field that may be meant for us is an error, one for others is not ours.
    for (const auto& field : what.message.headers()) {
        if (field.id != header_of(what.role)) {
            continue;
        }
        const auto form = parse_credentials(field.value, out);
        const bool is_ours = out.realm == realm;
        if (form == credentials_form::malformed && (is_ours || out.realm.empty())) {
            return found::malformed;
        }
        if (form == credentials_form::complete && is_ours && is_offered(out)) {
            return found::one;
        }
    }
    return found::none;
}

bool authenticator::is_response_right(const credentials& given, const request& what) const {
    // The same steps for users we do not know: how long this takes must not tell who exists.
    const auto kind = *given.algorithm;
    const auto known =
        options_.users ? options_.users->find(given.username, what.domain) : std::nullopt;
    std::span<const std::uint8_t> secret(dummy_secret_);
    secret = secret.first(digest_octets(kind));
    bool is_known = false;
    if (known) {
        if (const auto stored = options_.users->secret(*known, kind); !stored.empty()) {
            secret = stored;
            is_known = true;
        }
    }
    digest_text ha1{};
    digest_text ha2{};
    // RFC 7616 3.4.1 to 3.4.3 for qop=auth.
    const std::array a2{what.message.method_text(), given.uri};
    const std::array parts{
        to_hex(secret, ha1),
        given.nonce,
        given.nc,
        given.cnonce,
        std::string_view("auth"),
        hasher_.hash_text(kind, a2, ha2)};
    const auto wanted = hasher_.hash(kind, parts);
    digest have{};
    const auto octets = std::span(have).first(digest_octets(kind));
    const bool is_text = from_hex(given.response, octets);
    const bool is_equal = crypto::equal_in_constant_time(
        octets, std::span<const std::uint8_t>(wanted).first(octets.size())
    );
    return is_text && is_equal && is_known;
}

verdict authenticator::refuse(verdict::outcome what, std::uint64_t& counter) const {
    ++counter;
    verdict out;
    out.what = what;
    return out;
}

verdict authenticator::check(const request& what) {
    const auto realm = realm_of(what);
    credentials given;
    switch (find_credentials(what, realm, given)) {
        case found::none:
            return refuse(verdict::outcome::challenge, counters_.challenged);
        case found::malformed:
            return refuse(verdict::outcome::malformed, counters_.refused_malformed);
        case found::one:
            break;
    }
    if (!is_same_target(given.uri, what.message.request_uri())) {
        return refuse(verdict::outcome::wrong_uri, counters_.refused_uri);
    }
    const auto nonce = nonces_.read(given.nonce, what.wall_ms, realm, what.source);
    if (nonce.what != nonce_facts::state::good) {
        // RFC 7616 3.3: stale says that only the nonce was wrong.
        return refuse(verdict::outcome::stale, counters_.refused_nonce);
    }
    if (!is_response_right(given, what)) {
        auto out = refuse(verdict::outcome::refused, counters_.refused_secret);
        out.is_of_source = nonce.is_of_source;
        return out;
    }
    const auto now_s = static_cast<std::uint32_t>(what.wall_ms / 1000);
    // Only after the secret was right: others must not use up a client's counts.
    if (!uses_.use(nonce.number, nonce.issued_s, given.count, now_s)) {
        return refuse(verdict::outcome::stale, counters_.refused_replay);
    }
    ++counters_.accepted;
    verdict out;
    out.what = verdict::outcome::accepted;
    out.who = options_.users->find(given.username, what.domain)->identity;
    out.is_of_source = nonce.is_of_source;
    return out;
}

void authenticator::append_challenges(std::string& out, const request& to, bool is_stale) {
    const auto realm = realm_of(to);
    std::string nonce;
    nonces_.append(nonce, to.wall_ms, realm, to.source);
    for (const auto each : options_.algorithms) {
        out += to.role == role::registrar ? "WWW-Authenticate: " : "Proxy-Authenticate: ";
        out += "Digest realm=\"";
        out += realm;
        out += "\",nonce=\"";
        out += nonce;
        out += "\",algorithm=";
        out += to_text(each);
        out += ",qop=\"auth\"";
        out += is_stale ? ",stale=true\r\n" : "\r\n";
    }
}

}  // namespace sipha::auth
