#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sipha::admin {

/// What matters of an HTTP request (RFC 9110).
struct http_question {
    std::string_view method;
    std::string_view target;  ///< path and query as sent
    std::string_view host;
    std::string_view authorization;
};

/// What is to be done about it. Nothing here can change the node.
struct http_plan {
    enum class what : std::uint8_t {
        refuse,   ///< answer `status`
        fixed,    ///< answer `body`
        health,   ///< ask the worker anything: 200 when it answers
        ready,    ///< 200 or 503, with the reasons
        metrics,  ///< the text in the answer
        api,      ///< the answer as it is
        page,     ///< the status page, made of the answers to all commands
    };
    what kind = what::refuse;
    int status = 200;
    std::string_view content_type = "text/plain; charset=utf-8";
    std::string_view body;
    std::vector<std::string> commands;  ///< requests for `answer`
};

/// Routes: / /status.css /status.js /metrics /healthz /readyz /api/COMMAND?key=value.
/// @param token what Authorization must carry, as Bearer (RFC 6750 2.1) or as the password of
/// Basic (RFC 7617), which browsers ask for; empty: nothing, but then the Host must name this
/// machine itself, or a web page could read the node through a name that it lets point here.
http_plan plan_for(const http_question& question, std::string_view token);

}  // namespace sipha::admin
