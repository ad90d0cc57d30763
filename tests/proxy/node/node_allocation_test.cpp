// What relaying inside a dialog takes from the heap once the node is warm: our own allocations and
// those of OpenSSL.
#include <openssl/crypto.h>

#include <cstdlib>
#include <new>

#include "tests/proxy/node/phones.hpp"

namespace {

std::size_t allocations = 0;

void* count_malloc(std::size_t size, const char*, int) {
    ++allocations;
    return std::malloc(size);
}
void* count_realloc(void* memory, std::size_t size, const char*, int) {
    ++allocations;
    return std::realloc(memory, size);
}
void uncounted_free(void* memory, const char*, int) {
    std::free(memory);
}

/// OpenSSL takes them before its first allocation only.
const int is_openssl_counted =
    CRYPTO_set_mem_functions(count_malloc, count_realloc, uncounted_free);

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace sipha::proxy {
namespace {

// Allocations per 100 relayed messages of a kind. These numbers may only fall; the aim is 0.
constexpr std::size_t allowed_for_requests = 11 * 100;
constexpr std::size_t allowed_for_responses = 0;
constexpr std::size_t allowed_for_acks = 10 * 100;

/// A call through one node, without the world that other tests use: that allocates itself.
class warm_call {
  public:
    warm_call() : node_(options()) {
        send(bob.from, bob.registration(1).text());
        const auto invite = alice.request("INVITE", bob.uri(), 1);
        send(alice.from, invite.text());
        const auto at_bob = sent_;
        const auto contact = "Contact: <" + bob.contact() + ">\r\n";
        send(bob.from, test::response_to(at_bob, 200, "callee", contact));
        const parsed accepted(sent_);
        to_ = accepted.value(sip::header_id::to);
        for (const auto& route : accepted.values(sip::header_id::record_route)) {
            routes_.insert(routes_.begin(), "Route: " + route);
        }
    }

    /// One request inside the dialog and its answer.
    void exchange(const char* method) {
        now_.mono += 100ms;
        now_.wall_ms += 100;
        auto request = alice.request(method, bob.contact(), ++cseq_);
        request.to = to_;
        request.headers.insert(request.headers.end(), routes_.begin(), routes_.end());
        const auto took = send(alice.from, request.text());
        const parsed arrived(sent_);
        ASSERT_EQ(arrived->method_text(), method);
        if (arrived->method() == sip::method::ack) {
            acks += took;
            return;
        }
        requests += took;
        responses += send(bob.from, test::response_to(arrived.text(), 200));
        ASSERT_TRUE(sent_.starts_with("SIP/2.0 200"));
    }

    std::size_t requests = 0;
    std::size_t responses = 0;
    std::size_t acks = 0;

  private:
    static node_options options() {
        node_options out;
        out.domains = {"example.org"};
        out.listeners = {test::at("udp:10.0.0.1:5060")};
        out.registrar.allow_from = {*geo::ip_prefix::parse("0.0.0.0/0")};
        out.cluster.self = {1};
        out.cluster.cluster_name = "test";
        out.random_seed = "seed";
        return out;
    }
    /// @returns the allocations of the step. What it sent last is in sent_ then.
    std::size_t send(const sip::hop& from, const std::string& text) {
        const input what = sip_received{from, text};
        effects_.clear();
        const auto before = allocations;
        node_.step(now_, what, effects_);
        const auto took = allocations - before;
        const auto entries = effects_.messages.entries();
        EXPECT_FALSE(entries.empty());
        sent_ = entries.empty() ? std::string() : effects_.messages.bytes(entries.back());
        return took;
    }

    node node_;
    timing::instant now_{timing::time_point(std::chrono::hours(1000)), 1'700'000'000'000};
    effects effects_;
    std::string sent_;
    std::string to_;
    std::vector<std::string> routes_;
    unsigned cseq_ = 10;
};

TEST(NodeAllocation, AWarmNodeRelaysInsideADialogWithoutTheHeap) {
    ASSERT_EQ(is_openssl_counted, 1);
    warm_call call;
    for (int i = 0; i < 500; ++i) {  // longer than any transaction stays
        call.exchange("INFO");
        call.exchange("ACK");
    }
    call.requests = call.responses = call.acks = 0;
    for (int i = 0; i < 100; ++i) {
        call.exchange("INFO");
        call.exchange("ACK");
    }
    EXPECT_LE(call.requests, allowed_for_requests);
    EXPECT_LE(call.responses, allowed_for_responses);
    EXPECT_LE(call.acks, allowed_for_acks);
    std::cout << "allocations per message: request " << static_cast<double>(call.requests) / 100
              << ", response " << static_cast<double>(call.responses) / 100 << ", ACK "
              << static_cast<double>(call.acks) / 100 << '\n';
}

TEST(NodeAllocation, CounterCounts) {
    const auto before = allocations;
    const std::string text(100, 'x');
    EXPECT_EQ(allocations, before + 1) << text;
    const crypto::mac key("0123456789abcdef");
    EXPECT_GT(allocations, before + 2);
}

}  // namespace
}  // namespace sipha::proxy
