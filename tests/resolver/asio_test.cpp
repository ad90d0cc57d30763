#include "sipha/resolver/asio.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/resolver/support/responder.hpp"

namespace sipha::resolver {
namespace {

namespace asio = boost::asio;
using test::manner;
using test::responder;
using test::zone;

const char* const uri = "sip:h1.ex:5060";

engine_options asking(const responder& server) {
    engine_options options;
    options.servers = {server.place()};
    return options;
}

/// Lets a responder answer inside the same loop for as long as the loop has work.
class served {
  public:
    served(asio::io_context& io, responder& server) : server_(server), udp_(io, server.fds()[0]) {
        wait();
    }
    ~served() { udp_.release(); }
    void stop() { udp_.cancel(); }

  private:
    void wait() {
        udp_.async_wait(
            asio::posix::stream_descriptor::wait_read,
            [this](boost::system::error_code error) {
                if (!error) {
                    server_.serve();
                    wait();
                }
            }
        );
    }
    responder& server_;
    asio::posix::stream_descriptor udp_;
};

TEST(AsioResolver, CompletesLaterAndAnIdleOneLetsTheLoopEnd) {
    asio::io_context io;
    responder server{zone("h1.ex A 192.0.2.1"), manner::honest};
    served answering(io, server);
    asio_resolver lookups(io.get_executor(), asking(server));
    std::string found;
    lookups.async_resolve(uri, {}, [&](boost::system::error_code error, lookup_result result) {
        EXPECT_FALSE(error);
        found = result.candidates.at(0).to_string();
        answering.stop();
    });
    EXPECT_EQ(found, "");
    io.run_for(std::chrono::seconds(20));
    EXPECT_TRUE(io.stopped());
    EXPECT_EQ(found, "udp:192.0.2.1:5060");
}

asio::awaitable<void> look_up_twice(asio_resolver& lookups, served& answering, int& found) {
    lookup_options options;
    auto first = co_await lookups.async_resolve(uri, options, asio::use_awaitable);
    found += static_cast<int>(first.candidates.size());
    auto second = co_await lookups.async_resolve(uri, options, asio::use_awaitable);
    found += static_cast<int>(second.candidates.size());
    answering.stop();
}

TEST(AsioResolver, WorksInsideACoroutine) {
    asio::io_context io;
    responder server{zone("h1.ex A 192.0.2.1"), manner::honest};
    served answering(io, server);
    asio_resolver lookups(io.get_executor(), asking(server));
    int found = 0;
    asio::co_spawn(io, look_up_twice(lookups, answering, found), asio::detached);
    io.run_for(std::chrono::seconds(20));
    EXPECT_EQ(found, 2);
}

TEST(AsioResolver, CancellationSlotEndsTheLookup) {
    asio::io_context io;
    responder silent{zone("h1.ex A 192.0.2.1"), manner::silent};
    asio_resolver lookups(io.get_executor(), asking(silent));
    asio::cancellation_signal stop;
    boost::system::error_code told;
    lookups.async_resolve(
        uri,
        {},
        asio::bind_cancellation_slot(
            stop.slot(), [&told](boost::system::error_code error, lookup_result) { told = error; }
        )
    );
    asio::post(io, [&stop] { stop.emit(asio::cancellation_type::all); });
    io.run_for(std::chrono::seconds(20));
    EXPECT_EQ(told, make_error_code(errc::cancelled));
}

const char* const two_levels =
    "_sip._udp.ex SRV 10 1 5060 h1.ex; _sip._udp.ex SRV 20 1 5060 h2.ex; h1.ex A 192.0.2.1;"
    "h2.ex A 192.0.2.2";

asio::awaitable<void> walk(asio_resolver& lookups, std::string& seen) {
    const std::string name = "sip:ex";
    const lookup_options options;
    auto route = co_await lookups.async_open_route(name, options, asio::use_awaitable);
    while (!route.is_exhausted()) {
        if (const auto place = route.next()) {
            seen += place->to_string() + ' ';
        } else {
            co_await lookups.async_wait_ready(route, asio::use_awaitable);
        }
    }
}

TEST(AsioResolver, RouteIsWalkedInACoroutine) {
    asio::io_context io;
    responder server{zone(two_levels), manner::honest};
    served answering(io, server);
    asio_resolver lookups(io.get_executor(), asking(server));
    std::string seen;
    asio::co_spawn(io, walk(lookups, seen), [&answering](std::exception_ptr) { answering.stop(); });
    io.run_for(std::chrono::seconds(20));
    EXPECT_EQ(seen, "udp:192.0.2.1:5060 udp:192.0.2.2:5060 ");
}

TEST(AsioResolver, WaitForARouteEndsOnceWithTheResolver) {
    asio::io_context io;
    responder server{zone(two_levels), manner::honest};
    served answering(io, server);
    std::optional<asio_resolver> lookups(std::in_place, io.get_executor(), asking(server));
    route_set route;
    lookups->async_open_route("sip:ex", {}, [&](boost::system::error_code, route_set found) {
        route = std::move(found);
        answering.stop();
    });
    io.run_for(std::chrono::seconds(20));
    EXPECT_TRUE(route.next());
    std::vector<boost::system::error_code> told;
    lookups->async_wait_ready(route, [&told](boost::system::error_code error) {
        told.push_back(error);
    });
    lookups.reset();
    io.restart();
    io.run_for(std::chrono::seconds(20));
    EXPECT_EQ(told, std::vector<boost::system::error_code>{make_error_code(errc::aborted)});
    EXPECT_TRUE(route.is_exhausted());
}

TEST(AsioResolver, DestructionAborts) {
    asio::io_context io;
    responder silent{zone("h1.ex A 192.0.2.1"), manner::silent};
    boost::system::error_code told;
    {
        asio_resolver lookups(io.get_executor(), asking(silent));
        lookups.async_resolve(uri, {}, [&told](boost::system::error_code error, lookup_result) {
            told = error;
        });
        EXPECT_FALSE(told);
    }
    io.run_for(std::chrono::seconds(20));
    EXPECT_EQ(told, make_error_code(errc::aborted));
}

}  // namespace
}  // namespace sipha::resolver
