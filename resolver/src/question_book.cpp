#include "resolver/src/question_book.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

#include "resolver/src/dns_message.hpp"

namespace sipha::resolver::detail {
namespace {

using std::chrono::seconds;

/// What the allocator adds to a block: one word and rounding, on average.
constexpr std::size_t block_overhead = 16;
/// Control block of a `shared_ptr` and the link and hash of a table node.
constexpr std::size_t node_overhead = 2 * block_overhead + 4 * sizeof(void*);

std::size_t bytes_of(const std::string& text) {
    static const auto inside = std::string().capacity();
    return text.capacity() > inside ? text.capacity() + 1 + block_overhead : 0;
}

template <class Record>
std::size_t bytes_of(const std::vector<Record>& records) {
    return records.capacity() == 0 ? 0 : records.capacity() * sizeof(Record) + block_overhead;
}

std::size_t bytes_of(const dns_answer& answer) {
    auto sum = sizeof answer + bytes_of(answer.alias_of) + bytes_of(answer.addresses) +
               bytes_of(answer.srv) + bytes_of(answer.naptr);
    for (const auto& record : answer.srv) {
        sum += bytes_of(record.target);
    }
    for (const auto& record : answer.naptr) {
        for (const auto* text : {&record.flags, &record.services, &record.replacement}) {
            sum += bytes_of(*text);
        }
    }
    return sum;
}

bool is_positive(const dns_answer& answer) {
    return answer.status == answer_status::found || answer.status == answer_status::alias;
}

seconds life_of(const dns_answer& answer) {
    // RFC 2308 5 lets us choose how long "no" may last; RFC 8767 4 caps the rest.
    const auto cap = is_positive(answer) ? max_ttl_s : max_negative_ttl_s;
    return std::max(question_book::min_life, seconds(std::min(answer.ttl_s, cap)));
}

seconds prefetch_window(seconds life) {
    return std::max(question_book::prefetch_min, life / 10);
}

}  // namespace

std::size_t question_book::question_hash::operator()(const question& asked) const {
    return std::hash<std::string_view>{}(asked.name) * 31 + static_cast<std::size_t>(asked.type);
}

const known_answer* question_book::find(time_point now, const question& asked) {
    const auto found = table_.find(asked);
    if (found == table_.end()) {
        return nullptr;
    }
    auto& item = *found;
    if (item.second.known.answer && item.second.known.expires > now) {
        ++metrics_.hits;
        touch(item);
        note_use(now, item);
        return &item.second.known;
    }
    return last_resort(now, item);
}

const known_answer* question_book::last_resort(time_point now, node& item) {
    const auto* failed = item.second.failed.get();
    const bool is_pausing = failed && failed->known.expires > now;
    if (has_stale(now, item)) {
        const auto under_way = flights_.find(item.first);
        const bool is_overdue =
            under_way != flights_.end() && now >= under_way->second.asked_at + limits_.stale_delay;
        return is_pausing || is_overdue ? serve_stale(now, item) : nullptr;
    }
    if (!is_pausing) {
        return nullptr;
    }
    ++metrics_.failures;
    touch(item);
    return &failed->known;
}

bool question_book::has_stale(time_point now, const node& item) const {
    return item.second.known.answer && item.second.stale_until > now;
}

const known_answer* question_book::serve_stale(time_point now, node& item) {
    ++metrics_.stale;
    touch(item);
    served_ = {item.second.known.answer, now + stale_ttl, true};
    return &served_;
}

void question_book::note_use(time_point now, node& item) {
    auto& kept = item.second;
    const seconds life(kept.life_s);
    const auto left = kept.known.expires - now;
    if (left > life / 2) {
        return;
    }
    const bool was_used_late = std::exchange(kept.was_used_late, true);
    const bool is_pausing = kept.failed && kept.failed->known.expires > now;
    if (!was_used_late || is_pausing || left > prefetch_window(life) || life < 2 * prefetch_min ||
        !is_positive(*kept.known.answer) || flights_.size() >= limits_.max_open ||
        flights_.contains(item.first)) {
        return;
    }
    ++metrics_.prefetches;
    open(now, item.first);
}

const known_answer* question_book::ask(time_point now, const question& asked, waiter_id waiter) {
    if (const auto* known = find(now, asked)) {
        return known;
    }
    ++metrics_.misses;
    auto place = flights_.find(asked);
    if (place == flights_.end()) {
        if (flights_.size() >= limits_.max_open) {
            ++metrics_.refused;
            auto refusal = std::make_shared<dns_answer>();
            refusal->error = errc::too_many_lookups;
            served_ = {std::move(refusal), now, false};
            return &served_;
        }
        place = open(now, asked);
    } else {
        ++metrics_.joined;
    }
    const auto known = table_.find(asked);
    if (known != table_.end() && has_stale(now, *known)) {
        set_stale_at(place, place->second.asked_at + limits_.stale_delay);
    }
    place->second.waiters.push_back(waiter);
    waits_[waiter].push_back(&place->first);
    return nullptr;
}

question_book::open_questions::iterator question_book::open(time_point now, const question& asked) {
    const auto place = flights_.try_emplace(asked).first;
    place->second.asked_at = now;
    questions_.push_back(asked);
    return place;
}

void question_book::set_stale_at(open_questions::iterator flight, time_point when) {
    auto& stale_at = flight->second.stale_at;
    if (stale_at == when) {
        return;
    }
    if (stale_at != never) {
        stale_times_.erase({stale_at, flight->first});
    }
    if (when != never) {
        stale_times_.emplace(when, flight->first);
    }
    stale_at = when;
}

void question_book::deliver(open_questions::iterator flight, const known_answer& known) {
    for (const auto waiter : std::exchange(flight->second.waiters, {})) {
        deliveries_.push_back({waiter, flight->first, known});
        const auto waits = waits_.find(waiter);
        auto& list = waits->second;
        // One of the entries: a waiter that asked twice is delivered twice.
        list.erase(std::find(list.begin(), list.end(), &flight->first));
        if (list.empty()) {
            waits_.erase(waits);
        }
    }
}

void question_book::answer(time_point now, const question& asked, dns_answer value) {
    auto glue = std::exchange(value.glue, {});
    // Kept for long: what the vectors reserved for growing would be paid for all that time.
    value.addresses.shrink_to_fit();
    value.srv.shrink_to_fit();
    value.naptr.shrink_to_fit();
    const auto answer = std::make_shared<const dns_answer>(std::move(value));
    known_answer known{answer, now + life_of(*answer), false};
    if (answer->status == answer_status::failed) {
        known = keep_failure(now, asked, answer);
    } else {
        keep(now, asked, answer, false);
        keep_glue(now, std::move(glue));
    }
    const auto flight = flights_.find(asked);
    if (flight != flights_.end()) {
        deliver(flight, known);
        set_stale_at(flight, never);
        flights_.erase(flight);
    }
    make_room();
}

void question_book::keep(time_point now, const question& asked, answer_ptr answer, bool is_glue) {
    auto& item = place(asked);
    auto& kept = item.second;
    const auto life = life_of(*answer);
    const auto ends = now + life;
    // RFC 8767 4: only data that was good may be served past its end; NXDOMAIN and NODATA are
    // answers, and what they replace is gone.
    kept.stale_until = is_positive(*answer) ? ends + limits_.max_stale : ends;
    kept.known = {std::move(answer), ends, false, is_glue};
    kept.failed.reset();
    kept.life_s = static_cast<std::uint32_t>(life.count());
    kept.is_glue = is_glue;
    kept.was_used_late = false;
    weigh(item);
}

known_answer question_book::keep_failure(time_point now, const question& asked, answer_ptr answer) {
    auto& item = place(asked);
    auto& kept = item.second;
    if (!is_dns_failure(answer->error)) {
        // The DNS did answer, with something of no use (a loop of aliases): nothing older counts.
        kept.known = {};
        kept.stale_until = {};
    }
    if (!kept.failed) {
        kept.failed = std::make_unique<failure>();
    }
    auto& failed = *kept.failed;
    failed.pause =
        failed.pause.count() == 0 ? failure_base : std::min(failed.pause * 2, failure_cap);
    const bool is_stale = has_stale(now, item);
    failed.known = {std::move(answer), now + (is_stale ? stale_recheck : failed.pause), false};
    weigh(item);
    // An answer still within its life (this was a prefetch) stays as it is.
    if (kept.known.answer && kept.known.expires > now) {
        return kept.known;
    }
    return is_stale ? *serve_stale(now, item) : failed.known;
}

void question_book::keep_glue(time_point now, std::vector<glue_record> glue) {
    for (auto& record : glue) {
        const auto known = table_.find(record.about);
        // RFC 2181 5.4.1: additional data ranks lowest, it never replaces a real answer.
        if (known != table_.end() && !known->second.is_glue && known->second.known.answer &&
            known->second.known.expires > now) {
            continue;
        }
        ++metrics_.glue;
        auto host = std::make_shared<dns_answer>();
        host->status = answer_status::found;
        host->addresses = std::move(record.addresses);
        host->addresses.shrink_to_fit();
        host->ttl_s = record.ttl_s;
        keep(now, record.about, std::move(host), true);
    }
}

void question_book::advance(time_point now) {
    while (!stale_times_.empty() && stale_times_.begin()->first <= now) {
        const auto flight = flights_.find(stale_times_.begin()->second);
        set_stale_at(flight, never);
        const auto known = table_.find(flight->first);
        if (known != table_.end() && has_stale(now, *known) && !flight->second.waiters.empty()) {
            deliver(flight, *serve_stale(now, *known));
        }
    }
}

void question_book::forget(waiter_id waiter) {
    const auto waits = waits_.extract(waiter);
    if (waits.empty()) {
        return;
    }
    for (const auto* asked : waits.mapped()) {
        std::erase(flights_.find(*asked)->second.waiters, waiter);
    }
}

void question_book::flush(time_point now) {
    // The order of this walk is visible nowhere: entries only leave or get an earlier end.
    for (auto next = table_.begin(); next != table_.end();) {
        auto& item = *next++;
        auto& kept = item.second;
        kept.failed.reset();
        if (!kept.known.answer || !is_positive(*kept.known.answer)) {
            erase(item);
            continue;
        }
        kept.known.expires = std::min(kept.known.expires, now);
        kept.stale_until = std::min(kept.stale_until, now + flushed_stale);
        weigh(item);
    }
    questions_.clear();
    stale_times_.clear();
    for (auto flight = flights_.begin(); flight != flights_.end(); ++flight) {
        flight->second.asked_at = now;
        flight->second.stale_at = never;
        questions_.push_back(flight->first);
        if (!flight->second.waiters.empty() && table_.contains(flight->first)) {
            set_stale_at(flight, now + limits_.stale_delay);
        }
    }
}

time_point question_book::next_deadline() const {
    return stale_times_.empty() ? never : stale_times_.begin()->first;
}

question_book::node& question_book::place(const question& asked) {
    const auto [found, is_new] = table_.try_emplace(asked);
    if (is_new) {
        link(*found);
    } else {
        touch(*found);
    }
    return *found;
}

void question_book::weigh(node& item) {
    auto sum = sizeof item + node_overhead + bytes_of(item.first.name);
    if (item.second.known.answer) {
        sum += bytes_of(*item.second.known.answer);
    }
    if (item.second.failed) {
        sum += sizeof(failure) + sizeof(dns_answer) + 2 * block_overhead;
    }
    bytes_ += sum - item.second.bytes;
    item.second.bytes = static_cast<std::uint32_t>(sum);
}

void question_book::touch(node& item) {
    if (newest_ != &item) {
        unlink(item);
        link(item);
    }
}

void question_book::link(node& item) {
    item.second.older = newest_;
    item.second.newer = nullptr;
    (newest_ ? newest_->second.newer : oldest_) = &item;
    newest_ = &item;
}

void question_book::unlink(node& item) {
    auto* newer = item.second.newer;
    auto* older = item.second.older;
    (newer ? newer->second.older : newest_) = older;
    (older ? older->second.newer : oldest_) = newer;
}

void question_book::erase(node& item) {
    unlink(item);
    bytes_ -= item.second.bytes;
    table_.erase(table_.find(item.first));
}

void question_book::make_room() {
    while (oldest_ && (table_.size() > limits_.max_entries || bytes_ > limits_.max_bytes)) {
        ++metrics_.evictions;
        erase(*oldest_);
    }
}

}  // namespace sipha::resolver::detail
