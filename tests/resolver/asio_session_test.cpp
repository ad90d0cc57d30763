#include "sipha/resolver/asio_session.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sipha::resolver {
namespace {

/// A literal needs no DNS, and without probes nothing is sent.
const char* const uri = "sip:127.0.0.1:5060";

session_options quiet() {
    session_options options;
    options.probes = liveness::none;
    options.lookup.transports = {transport::udp};
    return options;
}

TEST(AsioSession, TellsFromTheLoopAndKeepsItAliveUntilItEnds) {
    boost::asio::io_context io;
    asio_resolver lookups(io.get_executor());
    std::vector<session_state> states;
    std::unique_ptr<asio_session> account;
    account = std::make_unique<asio_session>(lookups, uri, quiet(), [&](const auto& event) {
        states.push_back(event.state);
        if (event.state == session_state::migrating) {
            // Reports from inside a callback are told of in a later turn.
            account->report(*event.target, {});
            EXPECT_EQ(states.size(), 1u);
        } else {
            account.reset();
        }
    });
    EXPECT_TRUE(states.empty());
    io.run();  // ends because the session did
    EXPECT_EQ(states, (std::vector{session_state::migrating, session_state::pinned}));
    EXPECT_EQ(account, nullptr);
}

TEST(AsioSession, CallsFromOutsideWakeTheLoop) {
    boost::asio::io_context io;
    asio_resolver lookups(io.get_executor());
    int moves = 0;
    std::unique_ptr<asio_session> account;
    account = std::make_unique<asio_session>(lookups, uri, quiet(), [&](const auto& event) {
        moves += event.reason == session_reason::network_changed ? 1 : 0;
        if (moves == 0) {
            boost::asio::post(io, [&] { account->network_changed(); });
        } else {
            account.reset();
        }
    });
    account->set_busy(busy::no);
    EXPECT_EQ(account->state(), session_state::locating);
    EXPECT_FALSE(account->target());
    EXPECT_TRUE(account->candidates().empty());
    EXPECT_GE(account->registration_delay(1, flows_failed::all), std::chrono::seconds(30));
    io.run();
    EXPECT_EQ(moves, 1);
}

}  // namespace
}  // namespace sipha::resolver
