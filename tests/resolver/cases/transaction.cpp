#include "tests/resolver/cases/transaction.hpp"

#include <algorithm>
#include <utility>

#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {
namespace {

std::string result_word(const transaction_done& done) {
    switch (done.result) {
        case failover_result::answered:
            return done.status < 300 ? "ok" : std::to_string(done.status);
        case failover_result::timed_out:
            return "! timed_out";
        case failover_result::unreachable:
            return "! unreachable";
        case failover_result::tls_identity:
            return "! tls_identity";
        case failover_result::flow_lost:
            return "! flow_lost";
        case failover_result::all_backoff:
            return "! all_backoff";
        case failover_result::cancelled:
            return "! cancelled";
    }
    return "! unknown";
}

template <class... Visitors>
struct overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
overloaded(Visitors...) -> overloaded<Visitors...>;

constexpr world::duration at_once{0};

}  // namespace

transaction::transaction(world& here, std::string uri, failover_options options, peers places)
    : here_(here),
      machine_(options),
      kind_(options.kind),
      places_(std::move(places)),
      began_(here.now()),
      source_(here, std::move(uri)) {
    machine_.start(here.now());
}

void transaction::note(const std::string& word) {
    const auto since = std::chrono::duration_cast<world::duration>(here_.now() - began_);
    trace_ += (trace_.empty() ? "" : " ") + word + '@' + std::to_string(since.count());
}

std::string transaction::trace() const {
    return is_done_ ? trace_ : trace_ + " open";
}

time_point transaction::next_deadline() const {
    auto next = machine_.next_deadline();
    for (const auto& item : coming_) {
        next = std::min(next, item.when);
    }
    return std::min(next, abandon_at_);
}

void transaction::step() {
    const auto now = here_.now();
    if (abandon_at_ <= now) {
        abandon_at_ = never;
        machine_.cancel(now);
    }
    machine_.advance(now);
    for (bool has_moved = true; has_moved;) {
        has_moved = false;
        for (const auto& effect : machine_.take_effects()) {
            perform(effect);
            has_moved = true;
        }
        has_moved = feed() || has_moved;
    }
}

bool transaction::hear() {
    const auto now = here_.now();
    const auto due = std::find_if(coming_.begin(), coming_.end(), [now](const event& item) {
        return item.when <= now;
    });
    if (due == coming_.end()) {
        return false;
    }
    const auto happens = std::move(due->happens);
    coming_.erase(due);
    happens(now);
    return true;
}

bool transaction::feed() {
    if (!is_hungry_) {
        return false;
    }
    if (auto next = source_.next()) {
        is_hungry_ = false;
        machine_.offer(here_.now(), *next);
    } else if (source_.is_exhausted()) {
        is_hungry_ = false;
        machine_.no_more(here_.now(), source_.retry_in());
    }
    return !is_hungry_;
}

void transaction::perform(const failover_effect& effect) {
    std::visit(
        overloaded{
            [this](const send_request& item) {
                if (item.attempt.number <= last_attempt_) {
                    faults_.push_back("a branch is used twice");
                }
                last_attempt_ = item.attempt.number;
                note(place_text(item.attempt.target));
                answer_request(item.attempt);
            },
            [this](const send_ack& item) {
                if (kind_ != request_kind::invite) {
                    faults_.push_back("ACK without INVITE");
                }
                note("ack:" + place_text(item.attempt.target));
            },
            [this](const send_cancel& item) {
                note("cancel:" + place_text(item.attempt.target));
                std::erase_if(coming_, [&](const event& one) {
                    return one.attempt == item.attempt.number;
                });
                respond(at_once, item.attempt.number, 487);
            },
            [this](const send_probe& item) {
                note("probe:" + place_text(item.attempt.target));
                if (places_.of(item.attempt.target).what == peer_manner::kind::lives) {
                    machine_.on_probe(here_.now(), item.attempt.number, outcome_kind::ok);
                }
            },
            [this](const end_late_call& item) { note("bye:" + place_text(item.attempt.target)); },
            [this](const mark_place& item) { source_.report(item.target, item.what); },
            [this](const want_candidate&) { is_hungry_ = true; },
            [this](const transaction_done& item) {
                is_done_ = true;
                retry_in_ = item.retry_in;
                note(result_word(item));
            },
        },
        effect
    );
}

void transaction::after(
    world::duration delay, unsigned attempt, std::function<void(time_point)> happens
) {
    coming_.push_back({here_.now() + delay, std::move(happens), attempt});
}

void transaction::respond(
    world::duration delay,
    unsigned attempt,
    std::uint16_t status,
    std::optional<std::chrono::seconds> retry_after
) {
    after(delay, attempt, [this, attempt, status, retry_after](time_point now) {
        machine_.on_response(now, attempt, status, retry_after);
    });
}

void transaction::answer_request(const failover_attempt& attempt) {
    const auto manner = places_.of(attempt.target);
    const auto number = attempt.number;
    const auto break_down = [this, number](world::duration delay, outcome_kind what) {
        after(delay, number, [this, number, what](time_point now) {
            machine_.on_failure(now, number, what);
        });
    };
    switch (manner.what) {
        case peer_manner::kind::answers:
            respond(at_once, number, manner.status, manner.retry_after);
            break;
        case peer_manner::kind::refuses:
            break_down(at_once, outcome_kind::refused);
            break;
        case peer_manner::kind::certificate:
            break_down(at_once, outcome_kind::tls_identity);
            break;
        case peer_manner::kind::trying:
            respond(at_once, number, 100);
            break;
        case peer_manner::kind::late:
            respond(manner.delay, number, 100);
            break;
        case peer_manner::kind::rings:
            respond(at_once, number, 180);
            respond(manner.delay, number, 200);
            break;
        case peer_manner::kind::drops:
            respond(at_once, number, 183);
            break_down(world::duration(1), outcome_kind::reset);
            break;
        case peer_manner::kind::silent:
        case peer_manner::kind::lives:
            break;
    }
}

}  // namespace sipha::resolver::test::cases
