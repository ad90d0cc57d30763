#include "resolver/stub/daemon.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <sipha/resolver/engine.hpp>

#include "resolver/cli/server_text.hpp"
#include "resolver/stub/domain_watch.hpp"
#include "resolver/stub/doors.hpp"

namespace sipha::resolver::stub {
namespace {

/// SIGTERM, SIGINT and SIGUSR1 as something to read.
class signals final : public pollable {
  public:
    explicit signals(reactor& loop) : loop_(loop) {
        sigset_t wanted;
        sigemptyset(&wanted);
        for (const int number : {SIGTERM, SIGINT, SIGUSR1}) {
            sigaddset(&wanted, number);
        }
        sigprocmask(SIG_BLOCK, &wanted, nullptr);
        // Phones are served on when whoever read the lines has gone.
        std::signal(SIGPIPE, SIG_IGN);
        fd_ = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
        if (fd_ < 0 || !loop_.add(fd_, *this, interest::reading)) {
            throw std::system_error(errno, std::generic_category(), "signalfd");
        }
    }
    ~signals() override {
        loop_.remove(fd_);
        close(fd_);
    }
    void on_ready(int) override {
        signalfd_siginfo info{};
        while (read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
            if (info.ssi_signo == SIGUSR1) {
                wants_counters = true;
            } else {
                wants_end = true;
            }
        }
    }
    bool wants_end = false;
    bool wants_counters = false;

  private:
    reactor& loop_;
    int fd_ = -1;
};

/// The engine has something to read. It is processed in each turn of the loop anyway.
class engine_door final : public pollable {
  public:
    engine_door(reactor& loop, engine& lookups) : loop_(loop), fd_(lookups.fd()) {
        if (!loop_.add(fd_, *this, interest::reading)) {
            throw std::system_error(errno, std::generic_category(), "epoll_ctl");
        }
    }
    ~engine_door() override { loop_.remove(fd_); }
    void on_ready(int) override {}

  private:
    reactor& loop_;
    int fd_;
};

bool is_loopback(const address& ip) {
    const auto bytes = ip.bytes();
    return ip.family() == address_family::v4 ? bytes[0] == 127 : ip == *address::parse("::1");
}

/// The servers to ask. The stub must not ask itself, which it would when the machine's resolv.conf
/// already points at it.
std::vector<dns_server> upstream_of(const arguments& asked, const dns_server& own) {
    if (!asked.engine.servers.empty()) {
        return asked.engine.servers;
    }
    std::ifstream file("/etc/resolv.conf");
    std::ostringstream text;
    text << file.rdbuf();
    auto servers = cli::servers_of_resolv_conf(text.str());
    std::erase_if(servers, [&own](const dns_server& one) {
        return one.ip == own.ip && one.port == own.port;
    });
    if (servers.empty()) {
        throw std::runtime_error(
            "/etc/resolv.conf names no DNS server but the stub itself: give one with --server"
        );
    }
    return servers;
}

std::string list_of(const std::vector<dns_server>& servers) {
    std::string text;
    for (const auto& one : servers) {
        text += text.empty() ? "" : ",";
        text += hostport(one.ip, one.port);
    }
    return text;
}

void log_counters(event_log& log, const counters& counts) {
    // One line each: names and values stay easy to find, and a line stays short.
    for (const auto& field : counter_fields()) {
        const auto value = counts.*field.value;
        if (value != 0) {
            log.line(
                "counter", {{"name", std::string(field.name)}, {"value", std::to_string(value)}}
            );
        }
    }
}

void log_order(event_log& log, const watch_news& news) {
    const auto& known = news.before.services;
    for (const auto& one : news.view.services) {
        if (std::find(known.begin(), known.end(), one) == known.end()) {
            log.line("order", {{"domain", news.view.name}, {"places", to_string(one)}});
        }
    }
    for (const auto& one : known) {
        const auto& left = news.view.services;
        const bool is_gone = std::none_of(left.begin(), left.end(), [&one](const service& other) {
            return other.transport == one.transport;
        });
        if (is_gone) {
            const std::string transport(name(one.transport));
            log.line("gone", {{"domain", news.view.name}, {"transport", transport}});
        }
    }
    if (news.view.services.empty()) {
        log.line("no_service", {{"domain", news.view.name}, {"cause", news.error.message()}});
    }
}

void log_news(event_log& log, const watch_news& news) {
    switch (news.kind) {
        case news_kind::changed:
            log_order(log, news);
            break;
        case news_kind::dns_failed: {
            const auto cause = news.error ? news.error.message() : "answers are past their time";
            log.line("dns_failed", {{"domain", news.view.name}, {"cause", cause}});
            break;
        }
        case news_kind::dns_recovered:
            log.line("dns_recovered", {{"domain", news.view.name}});
            break;
    }
}

std::optional<std::chrono::milliseconds> time_until(time_point deadline, time_point now) {
    if (deadline == never) {
        return std::nullopt;
    }
    // Rounded up: waking a little early would only spin.
    return std::chrono::ceil<std::chrono::milliseconds>(
        std::max(deadline - now, time_point::duration::zero())
    );
}

}  // namespace

int serve(const arguments& asked) {
    event_log log(stdout, asked.log);
    counters counts;
    reactor loop;
    signals signalled(loop);
    const auto in = open_doors(asked.listen);
    auto engine_settings = asked.engine;
    engine_settings.servers = upstream_of(asked, in.at);
    auto lookup = asked.lookup;
    if (!lookup.seed) {
        // One draw for the life of the stub: an order that changes moves phones for nothing.
        std::random_device source;
        lookup.seed = std::uint64_t{source()} << 32U | source();
    }
    dns_stub stub(loop, counts, in, {asked.ttl_s, asked.forwards, engine_settings.servers});
    engine lookups(engine_settings);
    engine_door door(loop, lookups);
    log.line(
        "started",
        {{"listen", hostport(in.at.ip, in.at.port)},
         {"servers", list_of(engine_settings.servers)},
         {"seed", std::to_string(*lookup.seed)}}
    );
    if (!is_loopback(in.at.ip) && asked.forwards == forwarding::on) {
        log.line(
            "warning",
            {{"cause", "listens beyond loopback and forwards for everyone: use --no-forward"}}
        );
    }
    std::vector<std::unique_ptr<domain_watch>> watches;
    for (const auto& domain : asked.domains) {
        stub.serve(domain);
        watches.push_back(std::make_unique<domain_watch>(
            lookups,
            watch_options{domain, lookup, asked.engine.source, asked.probe_interval},
            [&stub, &log, &counts](const watch_news& news) {
                log_news(log, news);
                if (news.kind == news_kind::changed) {
                    ++counts.orders_changed;
                    stub.update(news.view);
                }
            }
        ));
    }
    while (!signalled.wants_end) {
        auto deadline = stub.next_deadline();
        for (const auto& watch : watches) {
            watch->advance(loop.now());
            deadline = std::min(deadline, watch->next_deadline());
        }
        auto limit = time_until(deadline, std::chrono::steady_clock::now());
        if (const auto left = lookups.timeout()) {
            limit = limit ? std::min(*limit, *left) : *left;
        }
        loop.wait(limit);
        lookups.process();
        stub.advance(loop.now());
        if (signalled.wants_counters) {
            signalled.wants_counters = false;
            log_counters(log, counts);
        }
    }
    log_counters(log, counts);
    log.line("stopped", {});
    return exit_done;
}

}  // namespace sipha::resolver::stub
