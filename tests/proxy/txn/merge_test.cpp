#include "tests/proxy/txn/table_fixture.hpp"

namespace sipha::txn {
namespace {

using fixture = table_fixture;

TEST(Table, ACopyIsMergedUntilTheFirstOnesTransactionEnds) {
    fixture with;
    request_text one;
    one.method = "OPTIONS";
    auto two = one;
    two.via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-2;rport";
    const parsed first(one);
    const parsed second(two);
    const auto held = with.receive(one).server;
    const auto copied = with.receive(two).server;
    auto& transactions = with.transactions;
    EXPECT_EQ(transactions.claim(0, *first), table::copy::first);
    EXPECT_EQ(transactions.claim(held, *first), table::copy::first);
    EXPECT_EQ(transactions.claim(held, *first), table::copy::first);
    EXPECT_EQ(transactions.claim(copied, *second), table::copy::merged);
    transactions.abandon(copied);
    EXPECT_EQ(transactions.claim(held, *first), table::copy::first);
    transactions.abandon(held);
    EXPECT_EQ(transactions.claim(with.receive(two).server, *second), table::copy::first);
}

}  // namespace
}  // namespace sipha::txn
