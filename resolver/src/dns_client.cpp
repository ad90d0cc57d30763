#include "resolver/src/dns_client.hpp"

#include <algorithm>
#include <optional>

namespace sipha::resolver::detail {
namespace {

/// Servers asked for one question at the same time.
constexpr std::size_t max_parallel = 2;

bool is_edns_rejection(unsigned rcode) {
    return rcode == rcode_format_error || rcode == rcode_not_implemented ||
           rcode == rcode_bad_version;
}

}  // namespace

dns_client::dns_client(
    std::vector<client_server> servers,
    const client_options& options,
    std::function<std::uint64_t()> draw
)
    : options_(options), draw_(std::move(draw)), table_(0, options.timing) {
    use_servers({}, std::move(servers));
}

void dns_client::use_servers(time_point now, std::vector<client_server> servers) {
    servers_ = std::move(servers);
    table_ = server_table(servers_.size(), options_.timing);
    attempts_.clear();
    attempt_counts_.assign(servers_.size(), 0);
    packets_.clear();
    timers_.clear();
    metrics_.servers.clear();
    for (const auto& server : servers_) {
        metrics_.servers.emplace_back().place = server.place;
    }
    for (auto place = questions_.begin(); place != questions_.end();) {
        auto& item = place->second;
        item = open_question{std::move(item.asked), now + options_.query_budget};
        item.order = table_.order(now);
        step(now, place++);  // may end it
    }
}

void dns_client::drop_questions() {
    questions_.clear();
    answers_.clear();
    attempts_.clear();
    attempt_counts_.assign(servers_.size(), 0);
    timers_.clear();
    packets_.clear();
}

void dns_client::ask(time_point now, question asked) {
    const auto id = next_question_++;
    const auto place =
        questions_.try_emplace(id, open_question{std::move(asked), now + options_.query_budget})
            .first;
    place->second.order = table_.order(now);
    step(now, place);
    // An attempt that failed at once may have ended the question.
    if (const auto kept = questions_.find(id); kept != questions_.end()) {
        probe_suspects(now, kept);
    }
}

void dns_client::probe_suspects(time_point now, questions::iterator place) {
    const auto server = table_.take_probe(now);
    const auto& asking = place->second.asking;
    if (!server || std::find(asking.begin(), asking.end(), *server) != asking.end()) {
        return;  // the question itself is the probe
    }
    if (send(now, place, {*server, dns_protocol::udp, attempt_role::probe})) {
        ++metrics_.probes;
    }
}

void dns_client::step(time_point now, questions::iterator place) {
    auto& item = place->second;
    while (now < item.deadline &&
           (item.asking.empty() || (item.asking.size() < max_parallel && now >= item.hedge_at))) {
        const auto next =
            std::find_if(item.order.begin(), item.order.end(), [&item](std::size_t server) {
                return std::find(item.asking.begin(), item.asking.end(), server) ==
                       item.asking.end();
            });
        if (next == item.order.end()) {
            break;
        }
        const auto server = *next;
        const bool is_hedge = !item.asking.empty();
        if (!send(now, place, {server})) {
            item.order.erase(next);
            continue;
        }
        metrics_.hedges += is_hedge ? 1 : 0;
        item.asking.push_back(server);
        item.hedge_at = is_hedge ? never : now + table_.hedge_delay(server);
        // Asked again only when all others were.
        std::rotate(next, next + 1, item.order.end());
    }
    if (now >= item.deadline || (item.asking.empty() && item.order.empty())) {
        give_up(place, reason_of(item));
        return;
    }
    rearm(place);
}

errc dns_client::reason_of(const open_question& item) const {
    if (item.was_answered) {
        return errc::dns_temporary;
    }
    if (item.was_malformed) {
        return errc::dns_malformed;
    }
    const bool is_silent = item.was_silent || !item.asking.empty();
    return is_silent ? errc::dns_timeout : errc::dns_unreachable;
}

void dns_client::rearm(questions::iterator place) {
    auto& item = place->second;
    auto due = item.deadline;
    if (item.asking.size() < max_parallel && item.order.size() > item.asking.size()) {
        due = std::min(due, item.hedge_at);
    }
    if (due != item.due) {
        timers_.erase({item.due, timer_kind::question, place->first, {}});
        timers_.insert({due, timer_kind::question, place->first, {}});
        item.due = due;
    }
}

std::uint16_t dns_client::draw_id(std::size_t server) {
    for (;;) {
        // At most a quarter of all ids is in use, so this ends soon.
        const auto id = static_cast<std::uint16_t>(draw_());
        if (!attempts_.contains({server, id})) {
            return id;
        }
    }
}

time_point::duration dns_client::timeout_of(const attempt_plan& plan) const {
    const auto over_udp = table_.attempt_timeout(plan.server);
    if (plan.over == dns_protocol::udp) {
        return over_udp;
    }
    // Two round trips, and nothing is known of how fast the server accepts.
    const auto& timing = options_.timing;
    return std::clamp<time_point::duration>(
        2 * over_udp, timing.unknown_timeout, std::max(timing.unknown_timeout, timing.max_timeout)
    );
}

void dns_client::count(record_type type) {
    switch (type) {
        case record_type::a:
            ++metrics_.a_queries;
            break;
        case record_type::aaaa:
            ++metrics_.aaaa_queries;
            break;
        case record_type::srv:
            ++metrics_.srv_queries;
            break;
        case record_type::naptr:
            ++metrics_.naptr_queries;
            break;
    }
}

bool dns_client::send(time_point now, questions::iterator place, const attempt_plan& plan) {
    if (attempt_counts_[plan.server] >= max_attempts_per_server) {
        return false;
    }
    const auto& asked = place->second.asked;
    attempt made;
    made.about = place->first;
    made.over = plan.over;
    made.role = plan.role;
    made.edns = table_.uses_edns(now, plan.server) ? edns_use::on : edns_use::off;
    made.sent_at = now;
    made.due = now + timeout_of(plan);
    query_form form;
    form.id = draw_id(plan.server);
    form.edns = made.edns;
    form.wants_ad = options_.ad != ad_use::ignore;
    form.upper_case = options_.name_case == name_case::random ? draw_() : 0;
    made.query = encode_query(asked, form);
    if (made.query.empty()) {
        return false;  // no DNS message can carry this name
    }
    packets_.push_back({plan.server, plan.over, made.query});
    count(asked.type);
    ++metrics_.servers[plan.server].queries;
    metrics_.tcp += plan.over == dns_protocol::tcp ? 1 : 0;
    if (plan.over == dns_protocol::udp) {
        table_.note_sent(now, plan.server);
    }
    const attempt_key key{plan.server, form.id};
    timers_.insert({made.due, timer_kind::attempt, 0, key});
    attempts_.emplace(key, std::move(made));
    ++attempt_counts_[plan.server];
    return true;
}

void dns_client::end_attempt(attempts::iterator place) {
    timers_.erase({place->second.due, timer_kind::attempt, 0, place->first});
    --attempt_counts_[place->first.server];
    attempts_.erase(place);
}

void dns_client::receive(time_point now, const dns_arrival& arrival) {
    const auto id = arrival.error ? std::optional(arrival.id) : id_of(arrival.message);
    const auto place = id ? attempts_.find({arrival.server, *id}) : attempts_.end();
    if (place == attempts_.end() || place->second.over != arrival.over ||
        (!arrival.error && !is_reply_to(place->second.query, arrival.message))) {
        // RFC 5452 9.1: id, question and source must all match; the true answer may yet come.
        metrics_.ignored += arrival.error ? 0 : 1;
        return;
    }
    const auto key = place->first;
    const auto ended = std::move(place->second);
    end_attempt(place);
    const bool is_udp = arrival.over == dns_protocol::udp;
    auto& counted = metrics_.servers[key.server];
    if (arrival.error) {
        ++counted.errors;
        if (is_udp) {
            table_.note_error(now, key.server);
        }
        if (const auto about = questions_.find(ended.about);
            about != questions_.end() && ended.role == attempt_role::regular) {
            fail(now, about, key.server, failing::unreachable);
        }
        return;
    }
    ++counted.answers;
    // When nobody waited, the answer may have waited itself, for a loop that was not run.
    const bool is_timely = !ended.is_silent && now < ended.due;
    const bool is_measure = is_udp && (is_timely || questions_.contains(ended.about));
    table_.note_answer(
        now, key.server, is_measure ? std::optional(now - ended.sent_at) : std::nullopt
    );
    read_reply(now, key, ended, arrival);
}

void dns_client::read_reply(
    time_point now, const attempt_key& key, const attempt& answered, const dns_arrival& arrival
) {
    const auto about = questions_.find(answered.about);
    if (about == questions_.end()) {
        return;  // another server was faster
    }
    auto reply = decode_reply(about->second.asked, arrival.message);
    attempt_plan again{key.server, answered.over, answered.role};
    if (answered.edns == edns_use::on && is_edns_rejection(reply.rcode)) {
        // RFC 6891 7: the server does not know EDNS; the same one is asked again without it.
        ++metrics_.edns_fallbacks;
        table_.note_edns_rejected(now, key.server);
        send_again(now, answered, again);
        return;
    }
    if (reply.is_truncated && answered.over == dns_protocol::udp) {
        again.over = dns_protocol::tcp;     // RFC 7766 5
        about->second.was_answered = true;  // whatever TCP brings, the server is there
        send_again(now, answered, again);
        return;
    }
    const bool is_answer = reply.rcode == rcode_no_error || reply.rcode == rcode_name_error;
    if (!is_answer || reply.answer.error == errc::dns_temporary) {
        ++metrics_.refusals;
        fail(now, about, key.server, failing::refused);
        return;
    }
    if (reply.answer.status == answer_status::failed && is_dns_failure(reply.answer.error)) {
        ++metrics_.malformed;
        fail(now, about, key.server, failing::malformed);
        return;
    }
    reply.answer.is_authentic =
        reply.is_authentic &&
        (options_.ad == ad_use::always ||
         (options_.ad == ad_use::trusted && servers_[key.server].trust == ad_trust::yes));
    finish(about, std::move(reply.answer));
}

void dns_client::send_again(time_point now, const attempt& old, const attempt_plan& plan) {
    const auto place = questions_.find(old.about);
    if (!send(now, place, plan)) {
        fail(now, place, plan.server, failing::unreachable);
        return;
    }
    auto& item = place->second;
    if (plan.role == attempt_role::probe) {
        return;
    }
    if (old.is_silent &&
        std::find(item.asking.begin(), item.asking.end(), plan.server) == item.asking.end()) {
        item.asking.push_back(plan.server);  // it was late, but it is the one that talks
    }
    if (item.asking.size() < max_parallel) {
        // The server is alive: what a second one may win starts to count now.
        item.hedge_at = now + 2 * table_.hedge_delay(plan.server);
    }
    rearm(place);
}

void dns_client::fail(time_point now, questions::iterator place, std::size_t server, failing how) {
    auto& item = place->second;
    item.was_answered = item.was_answered || how == failing::refused;
    item.was_malformed = item.was_malformed || how == failing::malformed;
    std::erase(item.order, server);
    stop_waiting(now, item, server);
    step(now, place);
}

void dns_client::stop_waiting(time_point now, open_question& item, std::size_t server) {
    // The next one takes its place at once, also beside the one that is still being waited for.
    if (std::erase(item.asking, server) != 0 && !item.asking.empty()) {
        item.hedge_at = now;
    }
}

void dns_client::finish(questions::iterator place, dns_answer answer) {
    ++(answer.status == answer_status::failed ? metrics_.failures : metrics_.answers);
    timers_.erase({place->second.due, timer_kind::question, place->first, {}});
    answers_.push_back({std::move(place->second.asked), std::move(answer)});
    questions_.erase(place);
}

void dns_client::give_up(questions::iterator place, errc reason) {
    dns_answer answer;
    answer.error = reason;
    finish(place, std::move(answer));
}

void dns_client::advance(time_point now) {
    while (!timers_.empty() && timers_.begin()->due <= now) {
        const auto first = *timers_.begin();
        if (first.kind == timer_kind::question) {
            const auto place = questions_.find(first.about);
            timers_.erase(timers_.begin());
            place->second.due = never;
            step(now, place);
            continue;
        }
        const auto place = attempts_.find(first.key);
        auto& item = place->second;
        if (item.is_silent) {
            end_attempt(place);
            continue;
        }
        item.is_silent = true;
        // An answer that comes late still counts, for the question and for the server.
        timers_.erase(timers_.begin());
        item.due = std::max(now, item.sent_at + options_.query_budget);
        timers_.insert({item.due, timer_kind::attempt, 0, first.key});
        ++metrics_.timeouts;
        ++metrics_.servers[first.key.server].timeouts;
        if (item.over == dns_protocol::udp) {
            table_.note_silence(now, first.key.server, item.sent_at);
        }
        const auto about = questions_.find(item.about);
        if (about != questions_.end() && item.role == attempt_role::regular) {
            about->second.was_silent = true;
            stop_waiting(now, about->second, first.key.server);
            step(now, about);
        }
    }
}

time_point dns_client::next_deadline() const {
    return timers_.empty() ? never : timers_.begin()->due;
}

dns_metrics dns_client::metrics() const {
    auto out = metrics_;
    for (std::size_t index = 0; index < servers_.size(); ++index) {
        auto& server = out.servers[index];
        server.standing = table_.standing(index);
        if (const auto srtt = table_.srtt(index)) {
            server.srtt = std::chrono::duration_cast<std::chrono::microseconds>(*srtt);
        }
    }
    return out;
}

}  // namespace sipha::resolver::detail
