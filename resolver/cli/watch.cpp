#include "resolver/cli/watch.hpp"

#include <chrono>
#include <cstdio>

#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/session.hpp>

#include "resolver/cli/event_line.hpp"
#include "resolver/cli/event_loop.hpp"
#include "resolver/cli/exit_code.hpp"

namespace sipha::resolver::cli {
namespace {

std::int64_t unix_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

int watch(const arguments& asked) {
    const end_signal end;
    engine lookups(asked.engine);
    auto options = make_session_options(probe_profile::fast);
    options.lookup = asked.lookup;
    options.source = asked.engine.source;
    std::error_code last = errc::not_found;
    const session* watched = nullptr;
    const session
        one(lookups, asked.uri, options, [&asked, &watched, &last](const session_event& event) {
            last = event.target ? std::error_code{} : event.error;
            const auto line = line_of({unix_ms(), event, watched->places()}, asked.format);
            std::fputs(line.c_str(), stdout);
            std::fflush(stdout);
        });
    watched = &one;
    while (wait_for(lookups.fd(), end.fd(), lookups.timeout()) != woken_by::second) {
        lookups.process();
        if (is_usage_error(last)) {
            break;  // no time will make the URI better
        }
    }
    return exit_code_of(last);
}

}  // namespace sipha::resolver::cli
