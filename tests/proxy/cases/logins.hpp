#pragma once

#include <string>
#include <vector>

#include "tests/proxy/auth/auth_samples.hpp"
#include "tests/proxy/node/phones.hpp"

/// Phones that log in, for the cases about who gets in.
namespace sipha::proxy {

using test::digest_answer;

inline void with_passwords(node_options& options) {
    options.auth.is_on = true;
    options.auth.algorithms.assign(auth::all_algorithms.begin(), auth::all_algorithms.end());
    options.auth.users = test::sample_users();
}

/// The kinds of what the node sent; its messages in `out`.
inline std::string exchange(
    node_world& world, const sip::hop& from, const request_text& what, std::vector<sent>& out
) {
    world.take(1);
    world.receive(1, from, what.text());
    out = world.take(1);
    return kinds(out);
}
inline std::string exchange(node_world& world, const sip::hop& from, const request_text& what) {
    std::vector<sent> ignored;
    return exchange(world, from, what, ignored);
}

/// A request, asked for a password and sent again with it.
struct login {
    const phone& who;
    request_text request;
    digest_answer answer{};
    const char* field = "Authorization";

    login(const phone& sender, request_text what) : who(sender), request(std::move(what)) {
        answer.username = who.user;
        answer.password = "secret of " + who.user;
        answer.method = request.method;
        answer.uri = request.uri;
        field = request.method == "REGISTER" ? "Authorization" : "Proxy-Authorization";
    }
    /// @returns the kind of the challenge.
    std::string ask(node_world& world, unsigned node = 1) {
        world.take(node);
        world.receive(node, who.from, request.text());
        const auto messages = world.take(node);
        if (messages.size() == 1) {
            answer.nonce = test::quoted_part(messages[0].text, "nonce");
        }
        return kinds(messages);
    }
    request_text signed_request() const {
        auto out = request;
        ++out.cseq;
        out.via += "a" + std::to_string(++sequence_);
        out.headers.push_back(std::string(field) + ": " + answer.value());
        return out;
    }
    std::string send(node_world& world, unsigned node = 1) {
        world.take(node);
        world.receive(node, who.from, signed_request().text());
        return kinds(world.take(node));
    }

  private:
    mutable unsigned sequence_ = 0;
};

inline void log_in(node_world& world, const phone& who) {
    login in(who, who.registration(1));
    ASSERT_EQ(in.ask(world), "401");
    ASSERT_EQ(in.send(world), "200");
}

}  // namespace sipha::proxy
