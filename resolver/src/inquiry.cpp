#include "resolver/src/inquiry.hpp"

#include <algorithm>
#include <utility>

namespace sipha::resolver::detail {
namespace {

bool has_failed(const asked_question& item) {
    return item.state == question_state::answered &&
           item.known.answer->status == answer_status::failed;
}

bool is_to_retry(const asked_question& item) {
    return has_failed(item) && item.retries < max_retries && item.known.expires != never;
}

}  // namespace

inquiry::inquiry(sip_uri uri, lookup_options options)
    : uri_(std::move(uri)), options_(std::move(options)) {}

void inquiry::answer(const question& asked, known_answer value) {
    auto* item = known_.find(asked.name, asked.type);
    if (!item || !value.answer || (item->state == question_state::answered && !has_failed(*item))) {
        return;
    }
    item->state = question_state::answered;
    item->known = std::move(value);
    item->answered_at = never;
    has_news_ = true;
}

std::vector<question> inquiry::advance(time_point now, demand wanted) {
    note_silence(now);
    if (!has_news_ && wanted == wanted_ && now < plan_.deadline) {
        return {};
    }
    for (auto& item : known_.list()) {
        if (item.state == question_state::answered && item.answered_at == never) {
            item.answered_at = now;
        }
    }
    wanted_ = wanted;
    has_news_ = false;
    ++revision_;
    plan_ = make_plan({uri_, options_, known_, wanted, now});
    auto fresh = std::move(plan_.fresh);
    for (const auto& asked : fresh) {
        known_.add(asked, now);
    }
    return fresh;
}

void inquiry::note_silence(time_point now) {
    // A silent question counts as failed, so that the rules can go on without it: SRV follows a
    // lost NAPTR question, the next target a lost A question.
    for (auto& item : known_.list()) {
        if (item.state == question_state::open && item.asked_at + options_.question_budget <= now) {
            item.state = question_state::silent;
            has_news_ = true;
        }
    }
}

time_point inquiry::silence_ends() const {
    auto first = never;
    for (const auto& item : known_.list()) {
        if (item.state == question_state::open) {
            first = std::min(first, item.asked_at + options_.question_budget);
        }
    }
    return first;
}

time_point inquiry::next_deadline() const {
    return std::min(plan_.deadline, silence_ends());
}

std::vector<question> inquiry::retry(time_point now) {
    std::vector<question> again;
    for (auto& item : known_.list()) {
        if (is_to_retry(item) && item.known.expires <= now) {
            ++item.retries;
            item.known.expires = never;  // until the next answer says when to ask again
            again.push_back(item.asked);
        }
    }
    return again;
}

time_point inquiry::next_retry() const {
    auto first = never;
    for (const auto& item : known_.list()) {
        if (is_to_retry(item)) {
            first = std::min(first, item.known.expires);
        }
    }
    return first;
}

bool inquiry::is_undisturbed() const {
    const auto& list = known_.list();
    return std::none_of(list.begin(), list.end(), [](const asked_question& item) {
        return item.state == question_state::silent || has_failed(item) || item.known.is_stale;
    });
}

}  // namespace sipha::resolver::detail
