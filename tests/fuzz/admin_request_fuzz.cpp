#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "proxy/admin/commands.hpp"
#include "proxy/admin/http_routes.hpp"
#include "proxy/admin/page.hpp"
#include "proxy/log/json_line.hpp"
#include "tests/fuzz/require.hpp"

// What administrators, browsers and log lines bring. The first octet chooses: a request on the
// management socket, an HTTP target with its headers, the text of a log line. Every answer is one
// line of JSON or a page that ends; nothing but a reading command comes out of HTTP.

namespace {

using namespace sipha;

proxy::node_options one_node() {
    proxy::node_options options;
    options.name = "fuzz";
    options.domains = {"example.org"};
    options.listeners = {{sip::transport::udp, *geo::ip_address::parse("10.0.0.1"), 5060}};
    options.cluster.self = {1};
    options.random_seed = "a seed";
    return options;
}

void require_json_line(const std::string& text) {
    boost::system::error_code error;
    const auto parsed = boost::json::parse(text, error);
    fuzz::require(!error && parsed.is_object());
    fuzz::require(text.find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static proxy::node node(one_node());
    static admin::control process;
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const admin::session session{
        {timing::time_point(std::chrono::hours(1)), 1'750'000'000'000}, node, process};
    if (data[0] % 3 == 0) {
        require_json_line(admin::answer(session, bytes));
    } else if (data[0] % 3 == 1) {
        const auto end = bytes.find('\n');
        const auto rest = end == std::string_view::npos ? "" : bytes.substr(end + 1);
        const auto plan = admin::plan_for({"GET", bytes.substr(0, end), rest, rest}, "");
        std::vector<std::string> answers;
        for (const auto& command : plan.commands) {
            answers.push_back(admin::answer(
                {session.now, session.node, session.process, admin::access::read}, command
            ));
            require_json_line(answers.back());
        }
        fuzz::require(admin::render_page(answers).ends_with("</html>\n"));
        admin::plan_for({"GET", "/", rest, bytes}, "0123456789abcdef");
    } else {
        require_json_line(log::json_line("now", "info", bytes));
    }
    return 0;
}
