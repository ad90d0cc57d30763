#include "proxy/daemon/http_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "proxy/admin/page.hpp"
#include "proxy/shell/socket_address.hpp"
#include "proxy/shell/stream_acceptor.hpp"

namespace sipha::daemon {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace json = boost::json;
using asio::ip::tcp;
using what = admin::http_plan::what;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr int listen_backlog = 64;
constexpr std::chrono::milliseconds accept_pause{100};

/// A question to the worker, shared with whoever answers it.
struct pending {
    pending(asio::io_context& io, std::chrono::milliseconds limit) : timer(io, limit) {}
    asio::steady_timer timer;
    std::optional<std::string> answer;
};

tcp::acceptor open_listening(asio::io_context& io, const http_server::options& options) {
    const auto& [ip, port, token, limits, inherited] = options;
    const auto where = shell::to_tcp_endpoint(ip, port);
    tcp::acceptor acceptor(io);
    if (inherited >= 0) {
        acceptor.assign(where.protocol(), inherited);
        return acceptor;
    }
    boost::system::error_code error;
    acceptor.open(where.protocol(), error);
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    error.clear();
    acceptor.bind(where, error);
    if (!error) {
        acceptor.listen(listen_backlog, error);
    }
    if (error) {
        const sip::endpoint self{sip::transport::tcp, ip, port};
        shell::throw_socket_error("serve HTTP on", self.to_string(), error.value());
    }
    return acceptor;
}

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

using response = http::response<http::string_body>;

response make_response(
    const http::request<http::empty_body>& request, int status, std::string_view type
) {
    response out(static_cast<http::status>(status), request.version());
    out.set(http::field::content_type, beast::string_view(type.data(), type.size()));
    out.set(http::field::cache_control, "no-store");
    out.set("X-Content-Type-Options", "nosniff");
    // Nothing but what this server itself serves may run or be loaded.
    out.set(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    if (status == 401) {
        out.set(http::field::www_authenticate, "Basic realm=\"sipha\"");
    }
    if (status == 405) {
        out.set(http::field::allow, "GET, HEAD");
    }
    out.keep_alive(request.keep_alive());
    return out;
}

/// A member of an answer, or null.
json::value member(const std::string& answer, std::string_view key) {
    boost::system::error_code error;
    const auto parsed = json::parse(answer, error);
    const auto* object = error ? nullptr : parsed.if_object();
    const auto* found = object == nullptr ? nullptr : object->if_contains(key);
    return found == nullptr ? json::value() : *found;
}

bool is_true(const json::value& value) {
    return value.is_bool() && value.get_bool();
}

}  // namespace

http_server::http_server(options where, ask_function ask)
    : options_(std::move(where)),
      ask_(std::move(ask)),
      io_(1),
      acceptor_(open_listening(io_, options_)) {}

void http_server::start() {
    asio::co_spawn(io_, accept_loop(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
}

http_server::~http_server() {
    stop();
}

void http_server::stop() {
    io_.stop();
    if (thread_.joinable()) {
        thread_.join();
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

asio::awaitable<void> http_server::accept_loop() {
    asio::steady_timer pause(io_);
    for (;;) {
        auto [error, socket] = co_await acceptor_.async_accept(as_result);
        if (error) {
            // Out of descriptors: trying again at once would spin.
            pause.expires_after(accept_pause);
            co_await pause.async_wait(as_result);
        } else if (connections_ >= options_.limits.max_connections) {
            ++refused_;
        } else {
            ++connections_;
            asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
        }
    }
}

asio::awaitable<void> http_server::serve(tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer(options_.limits.max_header_bytes);
    for (bool goes_on = true; goes_on;) {
        stream.expires_after(options_.limits.timeout);
        http::request_parser<http::empty_body> parser;
        parser.header_limit(static_cast<std::uint32_t>(options_.limits.max_header_bytes));
        parser.body_limit(0);
        auto [error, size] = co_await http::async_read(stream, buffer, parser, as_result);
        if (error) {
            break;
        }
        ++requests_;
        const auto& request = parser.get();
        admin::http_question question;
        question.method = view(request.method_string());
        question.target = view(request.target());
        question.host = view(request[http::field::host]);
        question.authorization = view(request[http::field::authorization]);
        auto plan = admin::plan_for(question, options_.token);
        auto answer = co_await perform(std::move(plan));
        auto out = make_response(request, answer.status, answer.content_type);
        out.content_length(answer.body.size());
        if (request.method() != http::verb::head) {
            out.body() = std::move(answer.body);
        }
        goes_on = out.keep_alive();
        stream.expires_after(options_.limits.timeout);
        http::response_serializer<http::string_body> serializer(out);
        auto [failure, written] = co_await http::async_write(stream, serializer, as_result);
        goes_on = goes_on && !failure;
    }
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    --connections_;
}

asio::awaitable<http_server::page_answer> http_server::perform(admin::http_plan plan) {
    page_answer out{plan.status, plan.content_type, std::string(plan.body)};
    if (plan.kind == what::refuse || plan.kind == what::fixed) {
        co_return out;
    }
    std::vector<std::string> answers;
    for (auto& command : plan.commands) {
        auto answer = co_await query(std::move(command));
        if (!answer) {
            out.status = 503;
            out.content_type = "text/plain; charset=utf-8";
            out.body = "the worker did not answer in time\n";
            co_return out;
        }
        answers.push_back(std::move(*answer));
    }
    switch (plan.kind) {
        case what::health:
            out.body = "ok\n";
            break;
        case what::ready:
            out.status = is_true(member(answers[0], "ready")) ? 200 : 503;
            out.content_type = "application/json";
            out.body = answers[0] + '\n';
            break;
        case what::metrics: {
            const auto text = member(answers[0], "text");
            out.body = text.is_string() ? std::string(text.get_string()) : "";
            break;
        }
        case what::api:
            out.status = is_true(member(answers[0], "ok")) ? 200 : 400;
            out.body = answers[0] + '\n';
            break;
        case what::page:
            out.body = admin::render_page(answers);
            break;
        case what::refuse:
        case what::fixed:
            break;
    }
    co_return out;
}

asio::awaitable<std::optional<std::string>> http_server::query(std::string request) {
    auto waiting = std::make_shared<pending>(io_, options_.limits.worker_timeout);
    std::function<void(std::string)> reply = [this, waiting](std::string answer) {
        // To this thread, which alone touches the timer.
        asio::post(io_, [waiting, answer = std::move(answer)]() mutable {
            waiting->answer = std::move(answer);
            waiting->timer.cancel();
        });
    };
    ask_(std::move(request), std::move(reply));
    co_await waiting->timer.async_wait(as_result);
    co_return std::move(waiting->answer);
}

}  // namespace sipha::daemon
