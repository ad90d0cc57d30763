#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <sipha/resolver/asio.hpp>
#include <sipha/resolver/session.hpp>

namespace sipha::resolver {

/// A session on the engine of an `asio_resolver`. Header-only. Use it from the resolver's thread
/// or strand and destroy it before the resolver; while it lives, `run()` has work to wait for.
class asio_session {
  public:
    /// See `session::session`; `on_state` is called from the resolver's executor.
    asio_session(
        asio_resolver& on,
        std::string_view uri,
        const session_options& options,
        session::event_handler on_state
    )
        : driver_(on.driver_),
          session_(std::make_unique<session>(*driver_->lookups(), uri, options, std::move(on_state))
          ) {
        driver_->arm();
    }
    ~asio_session() {
        session_.reset();
        driver_->arm();
    }
    asio_session(const asio_session&) = delete;
    asio_session& operator=(const asio_session&) = delete;

    /// As `session::state`.
    session_state state() const { return session_->state(); }
    /// As `session::target`.
    std::optional<candidate> target() const { return session_->target(); }
    /// As `session::candidates`.
    std::vector<candidate> candidates() const { return session_->candidates(); }
    /// As `session::places`.
    std::vector<place_status> places() const { return session_->places(); }
    /// As `session::report`.
    void report(const candidate& place, const outcome& what) {
        session_->report(place, what);
        driver_->arm();
    }
    /// As `session::set_busy`.
    void set_busy(busy value) {
        session_->set_busy(value);
        driver_->arm();
    }
    /// As `session::network_changed`.
    void network_changed() {
        session_->network_changed();
        driver_->arm();
    }
    /// As `session::registration_delay`.
    std::chrono::milliseconds registration_delay(unsigned failures, flows_failed which) const {
        return session_->registration_delay(failures, which);
    }

  private:
    std::shared_ptr<asio_resolver::driver> driver_;
    std::unique_ptr<session> session_;
};

}  // namespace sipha::resolver
