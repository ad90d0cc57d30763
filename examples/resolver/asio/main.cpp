// Prints the places of a SIP URI, looked up from a coroutine. Usage: sipha-example-asio URI.
// Exit code 0 when there is one, 1 when not, 2 wrong usage.
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sipha/resolver/asio.hpp>

namespace asio = boost::asio;

namespace {

asio::awaitable<int> find(sipha::resolver::asio_resolver& resolver, std::string uri) {
    sipha::resolver::lookup_options options;
    const auto [error, result] = co_await resolver.async_resolve(
        std::move(uri), std::move(options), asio::as_tuple(asio::use_awaitable)
    );
    if (error) {
        std::fprintf(stderr, "%s\n", error.message().c_str());
    }
    for (const auto& place : result.candidates) {
        std::printf("%s\n", place.to_string().c_str());
    }
    co_return result.candidates.empty() ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: %s URI\n", arguments[0]);
        return 2;
    }
    asio::io_context loop;
    sipha::resolver::asio_resolver resolver(loop.get_executor());
    int exit_code = 1;
    asio::co_spawn(loop, find(resolver, arguments[1]), [&exit_code](std::exception_ptr, int code) {
        exit_code = code;
    });
    loop.run();
    return exit_code;
}
