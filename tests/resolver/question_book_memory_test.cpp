// The memory of cached names, counted at the allocator; a program of its own because it replaces
// operator new.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "resolver/src/question_book.hpp"

namespace {

std::size_t in_use = 0;
constexpr std::size_t header_bytes = sizeof(std::size_t);  ///< of each block of the C library

}  // namespace

void* operator new(std::size_t size) {
    void* block = std::malloc(size);
    if (!block) {
        throw std::bad_alloc();
    }
    in_use += malloc_usable_size(block) + header_bytes;
    return block;
}

void operator delete(void* block) noexcept {
    if (block) {
        in_use -= malloc_usable_size(block) + header_bytes;
    }
    std::free(block);
}

void operator delete(void* block, std::size_t) noexcept {
    operator delete(block);
}

namespace sipha::resolver::detail {
namespace {

constexpr std::size_t names = 1000;
constexpr int records = 4;
/// "At most 1 KB per cached name with 4 records, all overhead included."
constexpr std::size_t bytes_per_name = 1024;

/// Fills a book with what `answer_about` gives. @returns bytes for each name.
template <class AnswerAbout>
std::size_t measure(record_type type, AnswerAbout answer_about) {
    const auto before = in_use;
    question_book book({.max_entries = names, .max_bytes = 2 * names * bytes_per_name});
    for (std::size_t index = 0; index < names; ++index) {
        const auto host = "edge" + std::to_string(index) + ".example.com";
        book.answer({}, {host, type}, answer_about(host));
    }
    EXPECT_EQ(book.size(), names);
    const auto each = (in_use - before) / names;
    const auto estimated = book.bytes() / names;
    // The estimate behind the limit in bytes must not be off by more than a quarter.
    EXPECT_GT(estimated * 4, each * 3);
    EXPECT_LT(estimated * 4, each * 5);
    return each;
}

TEST(QuestionBookMemory, ANameWithFourAddressesStaysBelowTheFigure) {
    const auto each = measure(record_type::aaaa, [](const std::string&) {
        dns_answer answer;
        answer.status = answer_status::found;
        for (int index = 0; index < records; ++index) {
            answer.addresses.push_back(*address::parse("2001:db8::1"));
        }
        return answer;
    });
    RecordProperty("bytes", static_cast<int>(each));
    EXPECT_LE(each, bytes_per_name);
}

TEST(QuestionBookMemory, ANameWithFourServersStaysBelowTheFigure) {
    const auto each = measure(record_type::srv, [](const std::string& host) {
        dns_answer answer;
        answer.status = answer_status::found;
        for (int index = 0; index < records; ++index) {
            answer.srv.push_back({1, 1, 5060, host});
        }
        return answer;
    });
    RecordProperty("bytes", static_cast<int>(each));
    EXPECT_LE(each, bytes_per_name);
}

TEST(QuestionBookMemory, ANameWithFourRulesFits) {
    const auto each = measure(record_type::naptr, [](const std::string& host) {
        dns_answer answer;
        answer.status = answer_status::found;
        for (int index = 0; index < records; ++index) {
            answer.naptr.push_back({10, 10, false, "s", "SIP+D2T", "_sip._tcp." + host});
        }
        return answer;
    });
    RecordProperty("bytes", static_cast<int>(each));
    EXPECT_LE(each, bytes_per_name);
}

TEST(QuestionBookMemory, NothingIsLeftBehind) {
    const auto before = in_use;
    measure(record_type::a, [](const std::string&) { return dns_answer{}; });
    EXPECT_EQ(in_use, before);
}

}  // namespace
}  // namespace sipha::resolver::detail
