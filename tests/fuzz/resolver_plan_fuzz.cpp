#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <sipha/resolver/resolution.hpp>

#include "resolver/src/names.hpp"

// Plays a DNS that wants to keep a lookup busy: the input decides what each question gets, and
// when. Names come from a small pool, so that answers lead to each other, or are new each time, so
// that they lead ever on. The lookup must end within its budget and its limits whatever it is told.

namespace {

using namespace sipha::resolver;

void require(bool claim) {
    if (!claim) {
        std::abort();
    }
}

/// Steps no lookup needs: each question is answered once, and deadlines come one after the other.
constexpr std::size_t endless = 4 * max_questions;

class bytes {
  public:
    bytes(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
    bool is_empty() const { return rest_.empty(); }
    /// Zero when nothing is left.
    unsigned next() {
        if (rest_.empty()) {
            return 0;
        }
        const unsigned value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }
    unsigned next16() {
        const auto high = next();
        return high << 8 | next();
    }

  private:
    std::span<const std::uint8_t> rest_;
};

class hostile_dns {
  public:
    explicit hostile_dns(bytes input) : input_(input) {}

    /// Nothing is silence.
    answer_ptr answer_to(const question& asked) {
        dns_answer answer;
        const auto how = input_.next();
        switch (how % 8) {
            case 0:
                return nullptr;
            case 1:
                answer.error = how & 8 ? errc::dns_temporary : errc::alias_loop;
                break;
            case 2:
                answer.status = answer_status::no_such_name;
                break;
            case 3:
                answer.status = answer_status::no_data;
                break;
            case 4:
                answer.status = answer_status::alias;
                answer.alias_of = name();
                break;
            default:
                fill(asked, answer);
        }
        answer.ttl_s = input_.next();
        return std::make_shared<dns_answer>(std::move(answer));
    }

    bytes& input() { return input_; }

  private:
    std::string name() {
        static const char* const pool[] = {
            "ex", "a.ex", "_sip._udp.ex", "_sip._tcp.ex", "_sips._tcp.ex", "b.ex", "c.a.ex"};
        const auto pick = input_.next() % 16;
        return pick < std::size(pool) ? pool[pick] : "n" + std::to_string(++names_) + ".ex";
    }

    address ip() {
        const auto low = static_cast<std::uint8_t>(++addresses_);
        const auto high = static_cast<std::uint8_t>(addresses_ >> 8);
        return address::v4(std::array<std::uint8_t, 4>{10, high, low, 1});
    }

    void fill(const question& asked, dns_answer& answer) {
        answer.status = answer_status::found;
        const auto count = input_.next();  // up to 255, as a decoded answer may hold
        for (unsigned index = 0; index <= count; ++index) {
            if (asked.type == record_type::srv) {
                srv_record record;
                record.priority = static_cast<std::uint16_t>(input_.next() % 4);
                record.weight = static_cast<std::uint16_t>(input_.next16());
                record.port = static_cast<std::uint16_t>(input_.next());
                record.target = input_.next() % 32 == 31 ? std::string() : name();
                answer.srv.push_back(std::move(record));
            } else if (asked.type == record_type::naptr) {
                answer.naptr.push_back(rule());
            } else {
                answer.addresses.push_back(ip());
            }
        }
    }

    naptr_record rule() {
        static const char* const flags[] = {"s", "a", "", "u", "S", "p"};
        static const char* const services[] = {
            "SIP+D2U", "SIP+D2T", "SIPS+D2T", "sips+d2w", "SIP+D2S", "E2U+sip", ""};
        naptr_record out;
        out.order = static_cast<std::uint16_t>(input_.next() % 4);
        out.preference = static_cast<std::uint16_t>(input_.next());
        out.flags = flags[input_.next() % std::size(flags)];
        out.services = services[input_.next() % std::size(services)];
        out.has_regexp = input_.next() % 16 == 15;
        out.replacement = name();
        return out;
    }

    bytes input_;
    unsigned names_ = 0;
    unsigned addresses_ = 0;
};

lookup_options options_from(bytes& input) {
    lookup_options out;
    const auto bits = input.next();
    out.naptr_scope = bits & 1 ? naptr_scope::strict : naptr_scope::next_order;
    out.srv_names = bits & 2 ? srv_names::lenient : srv_names::standard;
    out.speculation = bits & 4 ? speculation::off : speculation::on;
    out.explain = bits & 8 ? explain_level::full : explain_level::none;
    out.request_bytes = bits & 16 ? 2000 : 0;
    if (bits & 32) {
        out.transports = {transport::wss, transport::ws, transport::tls, transport::tcp};
    }
    out.seed = input.next();
    return out;
}

const char* uri_from(bytes& input) {
    static const char* const uris[] = {
        "sip:ex",
        "sips:ex",
        "sip:ex;transport=tcp",
        "sips:ex;transport=ws",
        "sip:ex:5070",
        "sip:h;maddr=ex"};
    return uris[input.next() % std::size(uris)];
}

void check(resolution& lookup, const std::error_code& error) {
    const auto result = lookup.take_result();
    require(result.candidates.size() <= max_candidates);
    require(static_cast<bool>(error) == result.candidates.empty());
    require(result.warnings.size() <= 4 * max_questions);
    for (const auto& place : result.candidates) {
        require(place.port != 0);
    }
}

void play(hostile_dns& dns) {
    const auto options = options_from(dns.input());
    const time_point start{std::chrono::hours(1)};
    auto now = start;
    resolution lookup(uri_from(dns.input()), options, now);
    std::set<question> asked;
    std::deque<question> open;
    for (std::size_t steps = 0; !lookup.is_done(); ++steps) {
        require(steps < endless);
        for (auto& one : lookup.advance(now)) {
            require(asked.insert(one).second);  // nothing is asked twice
            require(detail::normalise_name(one.name) == one.name);
            open.push_back(std::move(one));
        }
        require(asked.size() <= max_questions);
        if (lookup.is_done()) {
            break;
        }
        if (open.empty()) {
            require(lookup.next_deadline() != never);
            now = std::max(now, lookup.next_deadline());
            require(now <= start + options.total_budget);
            continue;
        }
        // Answers overtake each other.
        if (dns.input().next() & 1) {
            std::swap(open.front(), open.back());
        }
        const auto next = std::move(open.front());
        open.pop_front();
        if (auto answer = dns.answer_to(next)) {
            const auto ends = now + std::chrono::seconds(answer->ttl_s);
            lookup.answer(next, std::move(answer), ends);
        }
    }
    check(lookup, lookup.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    hostile_dns dns(bytes(data, size));
    play(dns);
    return 0;
}
