#include "proxy/daemon/daemon.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "proxy/daemon/shell_options.hpp"
#include "proxy/log/escape.hpp"
#include "proxy/shell/clock.hpp"

namespace sipha::daemon {

using namespace std::chrono_literals;

namespace {

constexpr auto idle_check = 20ms;
constexpr auto empty_check = 200ms;

std::string random_seed() {
    std::string seed(32, '\0');
    if (::getrandom(seed.data(), seed.size(), 0) != static_cast<ssize_t>(seed.size())) {
        throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    return seed;
}

proxy::node_options node_options(
    const config::daemon_options& options, const std::optional<predecessor>& before
) {
    auto out = options.node;
    out.random_seed = random_seed();
    // Seconds tell a restarted node from its earlier self; a restart takes longer than one.
    out.epoch = static_cast<std::uint32_t>(shell::now().wall_ms / 1000);
    if (before) {
        out.epoch = std::max(out.epoch, before->hello.epoch + 1);
        if (out.cluster.secret.empty()) {
            out.cluster.secret = before->hello.key;  // dialogs of the old process go on
        }
    }
    return out;
}

log::log_options log_options(const config::daemon_options& options) {
    log::log_options out;
    out.least = options.log_level;
    out.file = options.log.file;
    out.form = options.log.format == config::log_options::form::json ? log::line_form::json
                                                                     : log::line_form::text;
    return out;
}

/// "a, b" for a log line or an answer.
std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) {
        out += out.empty() ? "" : ",";
        out += text;
    }
    return out;
}

}  // namespace

process::process(start_options start)
    : config_path_(std::move(start.config_path)),
      options_(std::move(start.options)),
      before_(std::move(start.before)),
      started_with_(start.values),
      current_(std::move(start.values)),
      manager_(service_manager::from_environment()),
      log_(log::make_log(log_options(options_))),
      log_level_(options_.log_level),
      node_(node_options(options_, before_)),
      traced_(node_, traces()),
      handover_(traced_),
      locator_(dns_servers(options_)),
      runtime_(
          handover_, shell_options(options_, before_ ? &*before_ : nullptr), &locator_, log_.sink
      ),
      started_at_(shell::now().mono) {}

process::~process() = default;

void process::run() {
    locator_.attach(runtime_.executor());
    for (const auto& listener : options_.node.listeners) {
        if (listener.transport == sip::transport::tls) {
            locator_.add_tls();
        }
    }
    runtime_.start();
    serve_admin();
    open_http();
    if (before_) {
        receive_registrations();
    }
    if (http_) {
        http_->start();
    }
    listen_to_signals();
    keep_watchdog_quiet();
    sample_rates();
    note(
        proxy::log_level::info,
        "event=started name=" + options_.node.name + " version=" SIPHA_VERSION
    );
    manager_.notify("MAINPID=" + std::to_string(::getpid()));
    manager_.ready(summary());
    runtime_.run();
    if (http_) {
        http_->stop();
    }
    locator_.detach();
    note(proxy::log_level::info, "event=stopped name=" + options_.node.name);
}

void process::serve_admin() {
    if (options_.admin_socket.empty()) {
        return;
    }
    shell::admin_socket::options where;
    where.path = options_.admin_socket;
    where.inherited = before_ ? before_->take("admin") : -1;
    runtime_.serve_admin(std::move(where), [this](std::string_view request) {
        return answer(request, admin::access::change);
    });
}

void process::open_http() {
    if (!options_.http) {
        return;
    }
    http_server::options where;
    where.ip = options_.http->listen.ip;
    where.port = options_.http->listen.port;
    where.token = options_.http->token;
    where.inherited = before_ ? before_->take("http") : -1;
    http_ = std::make_unique<http_server>(
        std::move(where),
        [this](std::string request, std::function<void(std::string)> reply) {
            runtime_.post([this, request = std::move(request), reply = std::move(reply)] {
                reply(answer(request, admin::access::read));
            });
        }
    );
    const sip::endpoint self{sip::transport::tcp, options_.http->listen.ip, http_->port()};
    note(proxy::log_level::info, "event=http_listening address=" + self.to_string());
}

std::string process::answer(std::string_view request, admin::access may) {
    auto text = admin::answer({shell::now(), node_, *this, may}, request);
    // What a command changed goes out to the other nodes with a step.
    runtime_.act([this](timing::instant now, proxy::effects& out) {
        traced_.step(now, proxy::tick{}, out);
    });
    return text;
}

void process::listen_to_signals() {
    for (const int number : {SIGTERM, SIGINT}) {
        runtime_.on_signal(number, [this, number] {
            stop_gently("signal=" + std::to_string(number));
        });
    }
    runtime_.on_signal(SIGHUP, [this] { reload(); });
    runtime_.on_signal(SIGUSR1, [this] {
        const bool is_open = log_.reopen();
        note(
            is_open ? proxy::log_level::info : proxy::log_level::error,
            is_open ? "event=log_reopened"
                    : "event=log_not_reopened remedy=\"check the directory of log.file\""
        );
    });
}

void process::visit_counters(const counter_visitor& visit) const {
    for (const auto& field : shell::counter_fields()) {
        visit(field.name, runtime_.counts().*field.value);
    }
    if (http_) {
        visit("http_requests", http_->requests());
        visit("http_refused_cap", http_->refused());
    }
}

admin::process_status process::status() const {
    admin::process_status out;
    out.version = SIPHA_VERSION;
    out.uptime = std::chrono::duration_cast<std::chrono::seconds>(shell::now().mono - started_at_);
    out.log_level = log_level_;
    out.connections = runtime_.connections();
    out.max_connections = options_.connections.total;
    out.flows_to_close = runtime_.flows_to_close();
    out.restart_needed = restart_needed_;
    return out;
}

admin::reload_report process::reload() {
    manager_.reloading();
    auto loaded = config::load(config_path_);
    admin::reload_report report;
    if (!loaded.options) {
        for (const auto& finding : loaded.diag.sorted()) {
            report.errors.push_back(loaded.diag.format(finding));
            note(
                proxy::log_level::error,
                "event=reload_error finding=\"" + report.errors.back() + '"'
            );
        }
        note(
            proxy::log_level::error,
            "event=reload_refused errors=" + std::to_string(report.errors.size())
        );
        manager_.ready(summary());
        return report;
    }
    if (auto error = runtime_.reload_certificates(); !error.empty()) {
        note(proxy::log_level::error, "event=reload_refused errors=1 finding=\"" + error + '"');
        report.errors.push_back(std::move(error));
        manager_.ready(summary());
        return report;
    }
    report.changed = config::compare(current_, loaded.values).live;
    report.restart_needed = config::compare(started_with_, loaded.values).restart;
    node_.reconfigure(loaded.options->node);
    options_.operation = loaded.options->operation;
    set_log_level(loaded.options->log_level);
    current_ = std::move(loaded.values);
    restart_needed_ = report.restart_needed;
    note(
        proxy::log_level::info,
        "event=reloaded changed=" + joined(report.changed) +
            " restart_needed=" + joined(report.restart_needed)
    );
    manager_.ready(summary());
    return report;
}

void process::set_log_level(proxy::log_level level) {
    log_level_ = level;
    log_.set_least(level);
}

void process::drain(const admin::drain_order& order) {
    runtime_.close_accepted_flows(order.spread.value_or(options_.operation.drain_spread));
    exits_when_empty_ = order.then == admin::drain_order::when_empty::exit;
    note(
        proxy::log_level::info,
        "event=draining connections=" + std::to_string(runtime_.flows_to_close())
    );
    manager_.notify("STATUS=draining");
    exit_when_empty();
}

void process::undo_drain() {
    runtime_.keep_accepted_flows();
    exits_when_empty_ = false;
    note(proxy::log_level::info, "event=drain_undone");
    manager_.notify("STATUS=" + summary());
}

void process::exit_when_empty() {
    if (!exits_when_empty_ || is_stopping_) {
        return;
    }
    if (node_.transactions().unanswered_count() == 0 && runtime_.flows_to_close() == 0) {
        stop_gently("cause=drained");
        return;
    }
    runtime_.call_later(empty_check, [this] { exit_when_empty(); });
}

void process::stop_gently(std::string_view why) {
    if (is_stopping_) {
        runtime_.stop();  // asked twice: at once
        return;
    }
    is_stopping_ = true;
    if (handing_ != handover_state::over) {
        manager_.stopping();
    }
    note(proxy::log_level::info, "event=stopping " + std::string(why));
    node_.set_draining(ha::drain_state::on);
    stop_when_idle(shell::now().mono + options_.operation.stop_grace);
}

void process::stop_when_idle(timing::time_point limit) {
    if (node_.transactions().unanswered_count() == 0 || shell::now().mono >= limit) {
        runtime_.stop();
        return;
    }
    runtime_.call_later(idle_check, [this, limit] { stop_when_idle(limit); });
}

void process::keep_watchdog_quiet() {
    if (const auto interval = manager_.watchdog_interval();
        interval && handing_ != handover_state::over) {
        manager_.alive();
        runtime_.call_later(*interval, [this] { keep_watchdog_quiet(); });
    }
}

void process::sample_rates() {
    if (options_.http) {
        const auto now = shell::now();
        rates().add(now.wall_ms / 1000, admin::sample_of(node_));
        runtime_.call_later(1s, [this] { sample_rates(); });
    }
}

std::string process::summary() const {
    return "serving as " + log::escape(options_.node.name) +
           (restart_needed_.empty() ? "" : ", restart needed for " + joined(restart_needed_));
}

}  // namespace sipha::daemon
