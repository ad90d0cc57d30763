#include "proxy/route/own_request.hpp"

#include <string>
#include <utility>

namespace sipha::route {

txn::client_handle send_own_request(
    timing::time_point now,
    const own_request& what,
    const identity& us,
    txn::table& transactions,
    sip::outbox& out
) {
    const auto client = transactions.reserve(what.method, what.owner | own_request_flag);
    if (client == 0) {
        return 0;
    }
    const auto& ours = us.listener(what.to.listener);
    std::string text(sip::to_text(what.method));
    text += ' ';
    text += what.request_uri;
    text += " SIP/2.0\r\nVia: SIP/2.0/";
    text += sip::via_name(ours.transport);
    text += ' ';
    sip::append_hostport(text, ours.ip, ours.port);
    text += ";rport;branch=";
    transactions.append_branch(text, client);
    text += "\r\nMax-Forwards: 70\r\n";
    text += what.lines;
    text += "Content-Length: 0\r\n\r\n";
    transactions.start(now, client, what.to, std::move(text), out);
    return client;
}

}  // namespace sipha::route
