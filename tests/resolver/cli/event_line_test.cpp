#include "resolver/cli/event_line.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include <sipha/resolver/errors.hpp>

namespace sipha::resolver::cli {
namespace {

using namespace std::chrono_literals;

watched_event moved() {
    candidate place;
    place.ip = *address::parse("192.0.2.1");
    place.port = 5060;
    watched_event out;
    out.unix_ms = 1'700'000'000'123;
    out.event.state = session_state::pinned;
    out.event.reason = session_reason::alive;
    out.event.target = place;
    out.places.push_back({place, standing::ok, true, 1500us});
    place.ip = *address::parse("192.0.2.2");
    out.places.push_back({place, standing::down, false, std::nullopt});
    return out;
}

TEST(EventLine, TextNamesStateReasonAndPlaces) {
    EXPECT_EQ(
        line_of(moved(), output_format::table),
        "1700000000123 state=pinned reason=alive target=udp:192.0.2.1:5060 "
        "places=udp:192.0.2.1:5060,udp:192.0.2.2:5060(down)\n"
    );
}

TEST(EventLine, TextNamesWhatIsOutOfTheOrdinary) {
    watched_event out;
    out.event.state = session_state::stranded;
    out.event.reason = session_reason::locate_failed;
    out.event.error = errc::dns_timeout;
    out.event.is_stale = true;
    out.event.retry_in = 7s;
    out.event.register_after = 800ms;
    const auto text = line_of(out, output_format::table);
    for (const char* part :
         {"state=stranded",
          "reason=locate-failed",
          "target=-",
          "register_after=800ms",
          "dns=stale",
          "retry_in=7s",
          "places=-",
          "error=\""}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
    }
}

TEST(EventLine, JsonIsOneObjectALine) {
    EXPECT_EQ(
        line_of(moved(), output_format::json),
        R"({"time_ms":1700000000123,"state":"pinned","reason":"alive",)"
        R"("target":"udp:192.0.2.1:5060","register_after_ms":0,"stale":false,"error":null,)"
        R"("retry_in_s":null,"places":[)"
        R"({"place":"udp:192.0.2.1:5060","standing":"ok","rtt_us":1500},)"
        R"({"place":"udp:192.0.2.2:5060","standing":"down","rtt_us":null}]})"
        "\n"
    );
}

}  // namespace
}  // namespace sipha::resolver::cli
