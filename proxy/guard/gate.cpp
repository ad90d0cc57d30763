#include "proxy/guard/gate.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sipha::guard {

namespace {

using namespace std::chrono_literals;

/// Octets sent to an unproven source are compared with those received over this time.
constexpr auto credit_time = 10s;
/// No answer made here comes near it.
constexpr std::size_t max_answer = 0xffff;
/// A pause in the drops of a source after which a flood counts from the start.
constexpr auto flood_pause = 1s;

}  // namespace

gate::gate(gate_options options, const crypto::mac& key, crypto::random& draw)
    : options_(std::move(options)),
      random_(&draw),
      aor_key_(key, "guard aor"),
      access_(options_.access),
      overload_(options_.overload),
      bans_(options_.bans),
      strangers_(options_.max_sources, draw.next()),
      known_(options_.max_known, draw.next()),
      aors_(options_.max_aors, draw.next()) {}

bool gate::is_exempt(const geo::ip_address& source) const {
    return std::ranges::any_of(options_.exempt, [&](const geo::ip_prefix& one) {
        return one.contains(source);
    });
}

gate::source_state& gate::state_of(
    timing::time_point now, source_key source, const geo::ip_address& ip
) {
    if (known_.size() != 0 && known_.find(source) != nullptr) {
        return known_.touch(source, now);
    }
    auto& state = strangers_.touch(source, now);
    if (state.is == standing::unseen) {
        state.is = is_exempt(ip) ? standing::exempt : standing::stranger;
    }
    return state;
}

bool gate::admit_source(timing::time_point now, const sip::hop& from, std::size_t octets) {
    const auto source = key_of(from.remote.ip);
    auto& state = state_of(now, source, from.remote.ip);
    if (state.is == standing::exempt) {
        return true;
    }
    if (state.is == standing::stranger && bans_.is_banned(now, source)) {
        ++counters_.dropped_banned;
        return false;
    }
    if (options_.messages.per_second > 0 && !state.messages.take(now, options_.messages)) {
        count_drop(now, source, state);
        return false;
    }
    if (now - state.credit_since >= credit_time) {
        state.credit_since = now;
        state.credit = std::min(state.credit, 0);
        state.answers = 0;
    }
    // A datagram has at most 64 KiB, a message on a stream is not counted against anything.
    constexpr std::int32_t ceiling = 1'000'000'000;
    state.credit += static_cast<std::int32_t>(std::min<std::size_t>(octets, 0xffff));
    state.credit = std::min(state.credit, ceiling);
    return true;
}

void gate::count_drop(timing::time_point now, source_key source, source_state& state) {
    ++counters_.dropped_rate;
    if (state.over_since == timing::time_point{} || now - state.last_drop > flood_pause) {
        state.over_since = now;
    }
    state.last_drop = now;
    if (state.is == standing::stranger && now - state.over_since >= options_.flood_time) {
        counters_.bans += bans_.ban(now, source, ban_reason::flood).count() > 0 ? 1u : 0u;
        state.over_since = now;
    }
}

void gate::prove(timing::time_point now, const geo::ip_address& source) {
    if (!options_.is_on) {
        return;
    }
    const auto key = key_of(source);
    if (known_.find(key) != nullptr) {
        known_.touch(key, now);
        return;
    }
    if (is_exempt(source)) {
        return;
    }
    auto& state = known_.touch(key, now);
    if (const auto* before = strangers_.find(key)) {
        state = *before;
        strangers_.erase(key);
    }
    state.is = standing::known;
}

bool gate::wrong_password(timing::time_point now, const geo::ip_address& source, nonce_of whose) {
    if (!options_.is_on) {
        return true;
    }
    if (whose == nonce_of::other) {
        const bool is_within = moved_passwords_.take(now, options_.moved_passwords);
        counters_.dropped_passwords += is_within ? 0u : 1u;
        return is_within;
    }
    const auto key = key_of(source);
    auto& state = state_of(now, key, source);
    if (now - state.passwords_since >= options_.password_time) {
        state.passwords_since = now;
        state.wrong_passwords = 0;
    }
    if (state.wrong_passwords < options_.max_wrong_passwords) {
        ++state.wrong_passwords;
        return true;
    }
    ++counters_.dropped_passwords;
    // An office behind one address is not shut out for one wrong phone: it gets no answers.
    if (state.is == standing::stranger) {
        counters_.bans += bans_.ban(now, key, ban_reason::passwords).count() > 0 ? 1u : 0u;
    }
    return false;
}

gate::standing gate::standing_of(const geo::ip_address& source) {
    const auto key = key_of(source);
    if (known_.find(key) != nullptr) {
        return standing::known;
    }
    const auto* state = strangers_.find(key);
    return state == nullptr ? standing::unseen : state->is;
}

bool gate::is_unproven(const sip::hop& from) {
    if (!options_.is_on || !options_.limits_reflection || sip::is_reliable(from.remote.transport)) {
        return false;
    }
    const auto is = standing_of(from.remote.ip);
    return is == standing::stranger || is == standing::unseen;
}

bool gate::may_answer(timing::time_point now, const sip::hop& from, std::size_t octets) {
    if (!is_unproven(from)) {
        return true;
    }
    auto* state = strangers_.find(key_of(from.remote.ip));
    if (state == nullptr || octets > max_answer) {
        return false;
    }
    const auto left = state->credit - static_cast<std::int32_t>(octets);
    const auto floor = state->answers < free_answers ? -reflection_debt : 0;
    if (now - state->credit_since >= credit_time || left < floor) {
        return false;
    }
    state->credit = left;
    state->answers = static_cast<std::uint8_t>(std::min(state->answers + 1u, free_answers));
    return true;
}

bool gate::allows(const sip::message& request, const sip::hop& from) {
    const bool is_allowed = access_.allows(request, from);
    counters_.refused_access += is_allowed ? 0u : 1u;
    return is_allowed;
}

bool gate::admit_aor(timing::time_point now, sip::method method, std::string_view aor) {
    const bool is_register = method == sip::method::register_;
    const auto& limit = is_register ? options_.registers_per_aor : options_.invites_per_aor;
    if ((!is_register && method != sip::method::invite) || limit.per_second <= 0) {
        return true;
    }
    const std::array parts{is_register ? std::string_view("r") : std::string_view("i"), aor};
    const bool is_within = aors_.touch(aor_key_.sign(parts), now).take(now, limit);
    counters_.refused_aor_rate += is_within ? 0u : 1u;
    return is_within;
}

bool gate::is_overloaded(timing::time_point now, double transactions) {
    const auto share = overload_.refused_share(now, transactions);
    if (share == 0 || random_->below(1000) >= share) {
        return false;
    }
    ++counters_.refused_overload;
    return true;
}

unsigned gate::retry_after() {
    return 1 + static_cast<unsigned>(random_->below(5));
}

}  // namespace sipha::guard
