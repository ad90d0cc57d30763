#include "resolver/stub/dns_stub.hpp"

#include <algorithm>
#include <utility>

namespace sipha::resolver::stub {

dns_stub::dns_stub(reactor& loop, counters& counts, const doors& in, const stub_options& options)
    : loop_(loop),
      counts_(counts),
      forwards_(options.forwards),
      answers_(options.ttl_s),
      udp_(loop, counts, *this, in.udp),
      tcp_(loop, counts, *this, in.tcp),
      forwarder_(loop, counts, *this, options.upstream) {}

void dns_stub::update(domain_view view) {
    answers_.update(std::move(view));
    // Those that wait for another domain are held again, with their old deadline.
    for (auto& item : std::exchange(held_, {})) {
        const auto asked = parse_query(item.message);
        if (answers_.answer(*asked.asked).result == verdict::unlocated) {
            held_.push_back(std::move(item));
        } else {
            on_query(item.from, item.message);
        }
    }
}

void dns_stub::on_query(const asker& from, std::span<const std::uint8_t> message) {
    const auto asked = parse_query(message);
    if (asked.kind == query_kind::not_query) {
        ++counts_.ignored_not_query;
        return;
    }
    if (asked.kind == query_kind::faulty) {
        fail(from, message, asked.fault, &counters::faulty);
        return;
    }
    if (!asked.asked) {
        pass_on(from, message, asked);
        return;
    }
    const auto found = answers_.answer(*asked.asked);
    switch (found.result) {
        case verdict::answered:
            answer(from, message, asked, found);
            break;
        case verdict::unlocated:
            hold(from, message);
            break;
        case verdict::elsewhere:
            pass_on(from, message, asked);
            break;
    }
}

void dns_stub::answer(
    const asker& from, bytes message, const query& asked, const stub_reply& with
) {
    const auto room = from.via == asked_via::tcp ? max_message_bytes : asked.udp_bytes;
    const auto built = build_reply(asked, with, answers_.ttl_s(), room);
    if (built.empty()) {
        fail(from, message, rcode::server_failure, &counters::failed_to_build);
        return;
    }
    ++counts_.answered;
    counts_.truncated += is_truncated(built) ? 1 : 0;
    reply(from, built);
}

void dns_stub::pass_on(const asker& from, bytes message, const query& asked) {
    if (forwards_ == forwarding::on) {
        forwarder_.forward(from, message);
        return;
    }
    if (asked.asked) {
        if (const auto nothing = answers_.without_data(*asked.asked)) {
            answer(from, message, asked, *nothing);
            return;
        }
    }
    fail(from, message, rcode::refused, &counters::refused_no_forward);
}

void dns_stub::hold(const asker& from, bytes message) {
    if (held_.size() >= max_held) {
        fail(from, message, rcode::server_failure, &counters::failed_held_full);
        return;
    }
    ++counts_.held;
    held_.push_back({from, {message.begin(), message.end()}, loop_.now() + hold_limit});
}

void dns_stub::fail(const asker& to, bytes message, rcode code, std::uint64_t counters::*reason) {
    ++(counts_.*reason);
    reply(to, build_failure(message, code));
}

void dns_stub::reply(const asker& to, std::span<const std::uint8_t> message) {
    if (to.via == asked_via::udp) {
        udp_.send(to.from, message);
    } else {
        tcp_.send(to.stream, message);
    }
}

void dns_stub::advance(time_point now) {
    while (!held_.empty() && held_.front().deadline <= now) {
        const auto item = std::move(held_.front());
        held_.pop_front();
        fail(item.from, item.message, rcode::server_failure, &counters::failed_unlocated);
    }
    forwarder_.advance(now);
    tcp_.advance(now);
}

time_point dns_stub::next_deadline() const {
    const auto held = held_.empty() ? never : held_.front().deadline;
    return std::min({held, forwarder_.next_deadline(), tcp_.next_deadline()});
}

}  // namespace sipha::resolver::stub
