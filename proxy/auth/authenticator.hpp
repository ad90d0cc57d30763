#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "proxy/auth/algorithm.hpp"
#include "proxy/auth/credentials.hpp"
#include "proxy/auth/hasher.hpp"
#include "proxy/auth/identity.hpp"
#include "proxy/auth/nonce.hpp"
#include "proxy/auth/nonce_uses.hpp"
#include "proxy/auth/users.hpp"
#include "proxy/crypto/mac.hpp"
#include "proxy/sip/message.hpp"

namespace sipha::auth {

struct auth_options {
    bool is_on = false;
    std::string realm;  ///< empty: the domain of the user
    /// Offered in this order, one challenge each (RFC 8760 2.4); the strongest first.
    std::vector<algorithm> algorithms{algorithm::sha256, algorithm::md5};
    std::chrono::seconds nonce_lifetime{300};
    std::size_t max_nonces = 131'072;  ///< used nonces remembered, 32 octets each
    /// Nothing: nobody is a user.
    std::shared_ptr<const user_table> users;
};

struct auth_counters {
    std::uint64_t challenged = 0;  ///< requests without credentials for us
    std::uint64_t accepted = 0;
    std::uint64_t refused_malformed = 0;  ///< answered 400
    std::uint64_t refused_uri = 0;        ///< digest-uri names another target: 400
    std::uint64_t refused_nonce = 0;      ///< too old, or not ours: challenged again, stale
    std::uint64_t refused_replay = 0;     ///< nonce count used before
    std::uint64_t refused_secret = 0;     ///< unknown user or wrong password, not told apart
};

/// Whether the registrar asks (401, WWW-Authenticate) or the proxy (407, Proxy-Authenticate):
/// RFC 3261 22.2, 22.3.
enum class role : std::uint8_t { registrar, proxy };

/// What became of a request's credentials.
struct verdict {
    enum class outcome : std::uint8_t {
        accepted,
        challenge,  ///< answer 401 or 407 with `append_challenges`
        stale,      ///< the same with stale=true: the password need not be asked for again
        refused,    ///< the same, and the sender did not know the password
        malformed,  ///< answer 400
        wrong_uri,  ///< answer 400: the credentials are for another target (RFC 7616 3.4.6)
    };
    outcome what = outcome::challenge;
    std::optional<identity> who;  ///< set when accepted
    /// accepted, refused: the nonce was handed to the very address that sent it back.
    bool is_of_source = false;
};

/// Digest authentication (RFC 7616, RFC 8760, RFC 3261 22) over a table of users. Pure; not
/// thread-safe. The only state is what nonce_uses remembers of those who got in.
class authenticator {
  public:
    /// @param key the cluster's: every node accepts the nonces of every other.
    /// @param first_nonce a random number.
    authenticator(auth_options options, const crypto::mac& key, std::uint64_t first_nonce);

    /// One request as it arrived.
    struct request {
        const sip::message& message;  ///< validated
        auth::role role;
        std::string_view domain;  ///< of the user that the request claims to be from
        const geo::ip_address& source;
        std::int64_t wall_ms;  ///< milliseconds since 1970
    };
    /// Judges the credentials for our realm. Unknown users and wrong passwords take the same path
    /// through the same computation.
    verdict check(const request& what);
    /// Appends the header lines of a 401 or 407, one for each algorithm.
    void append_challenges(std::string& out, const request& to, bool is_stale);

    bool is_on() const { return options_.is_on; }
    /// From the next request on; what is being answered stays as it was.
    void set_users(std::shared_ptr<const user_table> users) { options_.users = std::move(users); }
    std::size_t user_count() const { return options_.users ? options_.users->size() : 0; }
    std::size_t nonces_in_use() const { return uses_.size(); }
    const auth_counters& counters() const { return counters_; }

  private:
    enum class found : std::uint8_t { none, one, malformed };
    found find_credentials(const request& what, std::string_view realm, credentials& out) const;
    bool is_offered(const credentials& given) const;
    bool is_response_right(const credentials& given, const request& what) const;
    verdict refuse(verdict::outcome what, std::uint64_t& counter) const;
    std::string_view realm_of(const request& what) const {
        return options_.realm.empty() ? what.domain : std::string_view(options_.realm);
    }

    auth_options options_;
    hasher hasher_;
    nonce_codec nonces_;
    nonce_uses uses_;
    digest dummy_secret_;
    auth_counters counters_;
};

/// RFC 7616 3.4.6: the digest-uri and the Request-URI must be the same resource. Equal texts are;
/// else scheme, user, host and effective port are compared, because phones disagree about whether
/// parameters belong in.
bool is_same_target(std::string_view digest_uri, std::string_view request_uri);

}  // namespace sipha::auth
