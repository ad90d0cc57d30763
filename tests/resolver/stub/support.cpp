#include "tests/resolver/stub/support.hpp"

#include <map>
#include <sstream>
#include <stdexcept>
#include <variant>

#include "resolver/cli/server_text.hpp"

namespace sipha::resolver::stub::test {
namespace {

struct writer {
    std::string operator()(const address& ip) const { return ip.to_string(); }
    std::string operator()(const srv_record& srv) const {
        return std::to_string(srv.priority) + ':' + std::to_string(srv.port) + ':' + srv.target;
    }
    std::string operator()(const naptr_record& naptr) const {
        return std::to_string(naptr.order) + '/' + std::to_string(naptr.preference) + ':' +
               naptr.services + '>' + naptr.replacement;
    }
    std::string operator()(const soa_data&) const { return "soa"; }
};

}  // namespace

service make_service(transport of, std::string_view places) {
    service out{of, {}};
    std::istringstream words{std::string(places)};
    for (std::string word; words >> word;) {
        place added;
        if (word.ends_with('!')) {
            added.state = life::dead;
            word.pop_back();
        }
        const auto at = word.find('@');
        const auto where = cli::parse_server(word.substr(0, at));
        if (!where) {
            throw std::invalid_argument("no place: " + word);
        }
        added.ip = where->ip;
        added.port = where->port;
        added.host = at == std::string::npos ? "" : word.substr(at + 1);
        out.places.push_back(added);
    }
    return out;
}

std::string text_of(const std::vector<stub_record>& records) {
    std::string text;
    for (const auto& one : records) {
        text += text.empty() ? "" : " ";
        text += std::visit(writer{}, one.data);
    }
    return text.empty() ? "-" : text;
}

std::string text_of(const stub_reply& reply) {
    switch (reply.result) {
        case verdict::unlocated:
            return "?";
        case verdict::elsewhere:
            return "elsewhere";
        case verdict::answered:
            break;
    }
    return text_of(reply.answer);
}

stub_reply ask(const stub_answers& of, std::string_view name, std::string_view type) {
    static const std::map<std::string_view, std::uint16_t> types{
        {"A", 1}, {"AAAA", 28}, {"SRV", 33}, {"NAPTR", 35}, {"SOA", 6}, {"ANY", 255}, {"MX", 15}};
    return of.answer({std::string(name), types.at(type)});
}

}  // namespace sipha::resolver::stub::test
