#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "proxy/sip/builder.hpp"
#include "proxy/sip/fields.hpp"
#include "proxy/sip/patch.hpp"
#include "tests/proxy/sip/samples.hpp"

namespace {

std::size_t allocations = 0;

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

namespace sipha::sip {
namespace {

struct step_result {
    bool is_valid = false;
    std::size_t values_read = 0;
};

/// Everything a proxy does with a request between reading and sending it.
step_result forward(std::string_view bytes, message& view, patch& edits, std::string& out) {
    step_result result;
    result.is_valid = !parse_message(bytes, view) && validate(view).status == 0;
    for (const auto value : values_of(view, header_id::via)) {
        result.values_read += parse_via(value).has_value() ? 1u : 0u;
    }
    const auto from = parse_name_addr(view.find(header_id::from)->value);
    result.values_read += from && parse_uri(from->uri) && from->params.has("tag") ? 1u : 0u;
    result.values_read += parse_cseq(view.find(header_id::cseq)->value).has_value() ? 1u : 0u;
    const auto contact = parse_name_addr(view.find(header_id::contact)->value);
    const auto uri = parse_uri(contact->uri);
    result.values_read += uri && equivalent(*uri, *uri) ? 1u : 0u;

    edits.reset(view);
    edits.insert_headers_first("Via: SIP/2.0/UDP 192.0.2.254:5060;branch=z9hG4bKnew;rport\r\n");
    edits.replace(view.request_uri(), "sip:bob@192.0.2.77:5060;transport=udp");
    edits.replace(view.find(header_id::max_forwards)->value, "69");
    edits.erase_first_value(view, header_id::via);
    out.clear();
    edits.append_to(out);
    append_response(out, view, {.status = 100});
    return result;
}

TEST(Allocation, ForwardingAllocatesNothingOnceWarm) {
    const auto bytes = samples::invite{}.text();
    message view;
    patch edits;
    std::string out;
    out.reserve(4096);
    forward(bytes, view, edits, out);

    const auto before = allocations;
    const auto result = forward(bytes, view, edits, out);
    EXPECT_EQ(allocations, before);
    EXPECT_TRUE(result.is_valid);
    EXPECT_EQ(result.values_read, 6u);
    EXPECT_GT(out.size(), bytes.size());
}

TEST(Allocation, CounterCounts) {
    const auto before = allocations;
    const std::string text(100, 'x');
    EXPECT_EQ(allocations, before + 1) << text;
}

}  // namespace
}  // namespace sipha::sip
