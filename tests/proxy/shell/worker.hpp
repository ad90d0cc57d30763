#pragma once

#include <future>
#include <thread>
#include <utility>

#include "proxy/shell/runtime.hpp"
#include "tests/proxy/shell/echo_machine.hpp"

namespace sipha::shell::test {

inline geo::ip_address loopback() {
    return *geo::ip_address::parse("127.0.0.1");
}
/// Options with one listener on a free port of the loopback address.
inline runtime_options one_listener(sip::transport transport) {
    runtime_options options;
    options.listeners.push_back({transport, loopback(), 0, address_presence::required});
    return options;
}

/// A runtime on its own thread, stopped and joined at the end of the test.
class worker {
  public:
    explicit worker(
        proxy::machine& machine, runtime_options options, resolver_port* resolver = nullptr
    )
        : runtime_(machine, std::move(options), resolver) {
        runtime_.start();
    }
    ~worker() { stop(); }
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    void run() {
        thread_ = std::thread([this] { runtime_.run(); });
    }
    void stop() {
        if (thread_.joinable()) {
            runtime_.stop();
            thread_.join();
        }
    }
    runtime& get() { return runtime_; }
    std::uint16_t port(sip::listener_id id = 0) const { return runtime_.listener_port(id); }

    /// Lets the worker ask for effects, as a step would, and waits until it has.
    void act(const std::function<void(timing::instant, proxy::effects&)>& action) {
        std::promise<void> done;
        runtime_.post([&] {
            runtime_.act(action);
            done.set_value();
        });
        done.get_future().wait();
    }
    counters counts() {
        std::promise<counters> copy;
        runtime_.post([&] { copy.set_value(runtime_.counts()); });
        return copy.get_future().get();
    }

  private:
    runtime runtime_;
    std::thread thread_;
};

}  // namespace sipha::shell::test
