#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <sipha/geo/ip.hpp>

#include "proxy/crypto/random.hpp"
#include "proxy/crypto/short_mac.hpp"
#include "proxy/guard/access_list.hpp"
#include "proxy/guard/ban_list.hpp"
#include "proxy/guard/bounded_table.hpp"
#include "proxy/guard/overload.hpp"
#include "proxy/guard/source.hpp"
#include "proxy/guard/token_bucket.hpp"
#include "proxy/sip/message.hpp"
#include "proxy/sip/outbox.hpp"
#include "proxy/timing/clock.hpp"

namespace sipha::guard {

struct gate_options {
    bool is_on = true;  ///< false: only the access list and overload control work
    /// Messages of one source (an IPv4 address or an IPv6 /64), read or not.
    rate_limit messages{10'000, 20'000};
    /// REGISTER and INVITE for one address of record; 0 per second: no limit.
    rate_limit registers_per_aor{};
    rate_limit invites_per_aor{};
    std::size_t max_sources = 65'536;     ///< remembered of those who have shown nothing
    std::size_t max_known = 262'144;      ///< remembered of those who have registered or logged in
    std::size_t max_aors = 65'536;        ///< remembered for the two rates above
    std::chrono::seconds flood_time{10};  ///< above the rate for so long: banned
    unsigned max_wrong_passwords = 3000;  ///< within `password_time`: banned
    std::chrono::seconds password_time{60};
    /// Wrong passwords of all who use a nonce given to another address; beyond, no answer.
    rate_limit moved_passwords{10, 50};
    ban_options bans;
    overload_options overload;
    std::vector<access_rule> access;
    /// Sources without limits: trusted networks and the nodes of the cluster.
    std::vector<geo::ip_prefix> exempt;
    /// A UDP source that has shown nothing gets at most as many octets as it sent; the first few
    /// answers in 10 s may run up a debt of `reflection_debt`, which later ones wait for.
    bool limits_reflection = true;
};

struct gate_counters {
    std::uint64_t dropped_rate = 0;
    std::uint64_t dropped_banned = 0;
    std::uint64_t dropped_reflection = 0;  ///< answers that would have been larger than what came
    std::uint64_t dropped_passwords = 0;   ///< wrong passwords of a known source, not answered
    std::uint64_t refused_access = 0;
    std::uint64_t refused_aor_rate = 0;
    std::uint64_t refused_overload = 0;
    std::uint64_t bans = 0;
};

/// Answers within 10 s, and octets, that a source may get before its own octets count. A single
/// short request can thus be answered with a little more than it had, and a stream of them cannot.
inline constexpr unsigned free_answers = 4;
inline constexpr std::int32_t reflection_debt = 640;

/// The first thing a message meets: who sends too much, who is banned, who must wait because the
/// node is full. Pure; all tables are bounded.
///
/// Sources that registered or authenticated are kept in a table of their own, so that no number of
/// invented addresses can push them out; they are limited like others, but never banned, because
/// what is sent over UDP may be sent in their name.
class gate {
  public:
    /// @param key derives the keys of the tables. @param draw the node's generator; outlives this.
    gate(gate_options options, const crypto::mac& key, crypto::random& draw);

    /// Before a message is looked at. @returns whether to go on; else it is dropped, counted.
    bool admit(timing::time_point now, const sip::hop& from, std::size_t octets) {
        return !options_.is_on || admit_source(now, from, octets);
    }
    /// The source has registered, or sent a right password.
    void prove(timing::time_point now, const geo::ip_address& source);
    /// Whose nonce came with a wrong password. One of another address says nothing about the
    /// source: anybody can send in its name.
    enum class nonce_of : std::uint8_t { source, other };
    /// A wrong password came. @returns whether to answer.
    bool wrong_password(timing::time_point now, const geo::ip_address& source, nonce_of whose);

    /// Whether an answer of this size may go to where the last admitted message came from. Streams,
    /// exempt and known sources may have any.
    bool may_answer(timing::time_point now, const sip::hop& from, std::size_t octets);
    void count_withheld_answer() { ++counters_.dropped_reflection; }
    /// True when a final answer must not be sent again and again: over UDP to a source that has
    /// shown nothing.
    bool is_unproven(const sip::hop& from);

    /// False when `admit_aor` always says yes.
    bool limits_aors() const {
        return options_.registers_per_aor.per_second > 0 || options_.invites_per_aor.per_second > 0;
    }
    bool allows(const sip::message& request, const sip::hop& from);
    /// @param method register_ or invite; others have no limit.
    bool admit_aor(timing::time_point now, sip::method method, std::string_view aor);

    void sample(timing::time_point now, const load_sample& what) { overload_.sample(now, what); }
    /// Whether to refuse this new request because of load. @param transactions share in use.
    bool is_overloaded(timing::time_point now, double transactions);
    /// Seconds for Retry-After: 1 to 5, drawn so that those refused do not come back at once.
    unsigned retry_after();

    std::vector<ban_list::view> bans(timing::time_point now) const { return bans_.list(now); }
    bool lift_ban(timing::time_point now, const geo::ip_address& source) {
        return bans_.lift(now, key_of(source));
    }
    std::size_t known_sources() const { return known_.size(); }
    std::size_t sources() const { return strangers_.size(); }
    const gate_counters& counters() const { return counters_; }

  private:
    enum class standing : std::uint8_t { unseen, stranger, known, exempt };
    struct source_state {
        token_bucket messages;
        timing::time_point over_since{};  ///< first drop of a row without a second's pause
        timing::time_point last_drop{};
        timing::time_point credit_since{};
        timing::time_point passwords_since{};
        std::int32_t credit = 0;   ///< octets received and not answered since credit_since
        std::uint8_t answers = 0;  ///< since credit_since, up to free_answers
        std::uint16_t wrong_passwords = 0;
        standing is = standing::unseen;
    };

    bool admit_source(timing::time_point now, const sip::hop& from, std::size_t octets);
    source_state& state_of(timing::time_point now, source_key source, const geo::ip_address& ip);
    standing standing_of(const geo::ip_address& source);
    bool is_exempt(const geo::ip_address& source) const;
    void count_drop(timing::time_point now, source_key source, source_state& state);

    gate_options options_;
    crypto::random* random_;
    crypto::short_mac aor_key_;
    access_list access_;
    overload overload_;
    ban_list bans_;
    bounded_table<source_state> strangers_;
    bounded_table<source_state> known_;
    bounded_table<token_bucket> aors_;
    token_bucket moved_passwords_;
    gate_counters counters_;
};

}  // namespace sipha::guard
