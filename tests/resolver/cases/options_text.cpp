#include "tests/resolver/cases/options_text.hpp"

#include <stdexcept>
#include <utility>

#include "tests/resolver/cases/notation.hpp"

namespace sipha::resolver::test::cases {
namespace {

template <class Value>
Value one_of(
    const std::string& word, std::initializer_list<std::pair<const char*, Value>> choices
) {
    for (const auto& [text, value] : choices) {
        if (word == text) {
            return value;
        }
    }
    throw std::invalid_argument("options: '" + word + "' is not known");
}

void add_sources(lookup_options& options, const std::string& text) {
    for (const auto& word : words_of(text)) {
        source_address source;
        source.ip = address::parse(word).value();
        source.prefix_length = source.ip.family() == address_family::v4 ? 24 : 64;
        options.source_addresses.push_back(source);
    }
}

}  // namespace

lookup_options parse_lookup_options(const fields& keys) {
    lookup_options out;
    if (keys.has("transports")) {
        out.transports.clear();
        for (const auto& word : words_of(keys.text("transports"))) {
            out.transports.push_back(parse_transport(word).value());
        }
    }
    out.families = one_of<family_use>(
        keys.text_or("families", "any"),
        {{"any", family_use::any}, {"v4", family_use::v4_only}, {"v6", family_use::v6_only}}
    );
    out.naptr_scope = one_of<naptr_scope>(
        keys.text_or("naptr_scope", "next_order"),
        {{"next_order", naptr_scope::next_order}, {"strict", naptr_scope::strict}}
    );
    out.srv_names = one_of<srv_names>(
        keys.text_or("srv_names", "standard"),
        {{"standard", srv_names::standard}, {"lenient", srv_names::lenient}}
    );
    out.ws_srv_names = one_of<ws_srv_names>(
        keys.text_or("ws_srv_names", "none"),
        {{"none", ws_srv_names::none},
         {"sip_ws", ws_srv_names::sip_ws},
         {"ws_tcp", ws_srv_names::ws_tcp}}
    );
    out.speculation = keys.flag("speculation").value_or(true) ? speculation::on : speculation::off;
    out.explain = one_of<explain_level>(
        keys.text_or("explain", "none"),
        {{"none", explain_level::none}, {"full", explain_level::full}}
    );
    out.request_bytes = keys.number("bytes").value_or(0);
    out.path_mtu_bytes = keys.number("mtu").value_or(0);
    add_sources(out, keys.text_or("sources", ""));
    return out;
}

failover_options parse_failover_options(const fields& keys) {
    failover_options out;
    out.early = one_of<early_failover>(
        keys.text_or("early_failover", "probe"),
        {{"probe", early_failover::probe}, {"off", early_failover::off}}
    );
    if (const auto code = keys.number("failover_codes")) {
        out.failover_codes.push_back(static_cast<std::uint16_t>(*code));
    }
    return out;
}

case_options parse_options(const std::optional<fields>& keys) {
    case_options out;
    if (keys) {
        out = {parse_lookup_options(*keys), parse_failover_options(*keys)};
        if (!keys->unread().empty()) {
            throw std::invalid_argument(keys->where() + ": '" + keys->unread()[0] + "' is unknown");
        }
    }
    return out;
}

}  // namespace sipha::resolver::test::cases
