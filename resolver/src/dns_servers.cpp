#include "resolver/src/dns_servers.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace sipha::resolver::detail {

server_table::server_table(std::size_t count, const server_timing& timing)
    : timing_(timing), servers_(count) {}

time_point::duration server_table::rank(time_point now, const state& server) const {
    auto speed = server.srtt.value_or(timing_.unknown_hedge);
    if (server.silences != 0) {
        speed = std::max<time_point::duration>(speed, timing_.unknown_timeout);
    }
    if (server.owes_since) {
        speed = std::max(speed, now - *server.owes_since);
    }
    return speed / rank_step * rank_step;
}

std::vector<std::size_t> server_table::order(time_point now) const {
    std::vector<std::size_t> all(servers_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    const auto key = [this, now](std::size_t index) {
        const auto& server = servers_[index];
        const bool is_suspect = server.standing == server_standing::suspect;
        return std::tuple(
            is_suspect, is_suspect ? server.probe_at : time_point{}, rank(now, server)
        );
    };
    std::stable_sort(all.begin(), all.end(), [&key](std::size_t left, std::size_t right) {
        return key(left) < key(right);
    });
    return all;
}

std::optional<std::size_t> server_table::take_probe(time_point now) {
    for (std::size_t index = 0; index < servers_.size(); ++index) {
        auto& server = servers_[index];
        if (server.probe_at <= now && !server.is_probed) {
            server.is_probed = true;
            return index;
        }
    }
    return std::nullopt;
}

time_point::duration server_table::attempt_timeout(std::size_t server) const {
    const auto& it = servers_[server];
    time_point::duration timeout = timing_.unknown_timeout;
    if (it.srtt) {
        timeout = std::max<time_point::duration>(*it.srtt + 4 * it.rttvar, timing_.min_timeout);
    }
    for (unsigned silence = 0; silence < it.silences && timeout < timing_.max_timeout; ++silence) {
        timeout *= 2;
    }
    return std::min<time_point::duration>(timeout, timing_.max_timeout);
}

time_point::duration server_table::hedge_delay(std::size_t server) const {
    const auto& srtt = servers_[server].srtt;
    return srtt ? std::max<time_point::duration>(2 * *srtt, timing_.min_hedge)
                : timing_.unknown_hedge;
}

bool server_table::uses_edns(time_point now, std::size_t server) const {
    return servers_[server].plain_until <= now;
}

void server_table::note_sent(time_point now, std::size_t server) {
    auto& owes_since = servers_[server].owes_since;
    owes_since = owes_since.value_or(now);
}

void server_table::note_answer(
    time_point now, std::size_t server, std::optional<time_point::duration> took
) {
    auto& it = servers_[server];
    it.heard_at = now;
    if (took) {
        const bool is_new_way = it.standing == server_standing::suspect || it.silences != 0;
        if (!it.srtt || is_new_way) {
            // RFC 6298 2.2. After silence the way may be another one: it is measured anew.
            it.srtt = *took;
            it.rttvar = *took / 2;
        } else {
            // RFC 6298 2.3, with its factors of 1/4 and 1/8.
            const auto off = *it.srtt > *took ? *it.srtt - *took : *took - *it.srtt;
            it.rttvar = (3 * it.rttvar + off) / 4;
            it.srtt = (7 * *it.srtt + *took) / 8;
        }
    }
    it.standing = server_standing::good;
    it.silences = 0;
    it.owes_since.reset();
    it.probe_at = never;
    it.pause = std::chrono::seconds(0);
    it.is_probed = false;
}

void server_table::suspect(time_point now, state& server) {
    server.is_probed = false;
    if (server.standing == server_standing::suspect && server.probe_at > now) {
        return;  // attempts under way together count once
    }
    server.pause =
        server.pause.count() == 0 ? suspect_base : std::min(server.pause * 2, suspect_cap);
    server.standing = server_standing::suspect;
    server.probe_at = now + server.pause;
}

void server_table::note_silence(time_point now, std::size_t server, time_point sent_at) {
    auto& it = servers_[server];
    it.owes_since.reset();
    if (sent_at < it.heard_at) {
        return;  // it lives; this packet was lost, or its answer
    }
    ++it.silences;
    if (it.standing == server_standing::suspect || it.silences >= silences_to_suspect) {
        suspect(now, it);
    } else {
        // One lost packet must not put a near server behind a far one for ever.
        it.probe_at = now + suspect_base;
        it.is_probed = false;
    }
}

void server_table::note_error(time_point now, std::size_t server) {
    auto& it = servers_[server];
    it.owes_since.reset();
    ++it.silences;
    suspect(now, it);
}

void server_table::note_edns_rejected(time_point now, std::size_t server) {
    servers_[server].plain_until = now + plain_period;
}

}  // namespace sipha::resolver::detail
