#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/explain.hpp>
#include <sipha/resolver/target.hpp>

namespace sipha::resolver::detail {

/// What handles of open routes ask of their engine.
class route_owner {
  public:
    virtual std::optional<candidate> next(lookup_id id) = 0;
    virtual bool is_exhausted(lookup_id id) = 0;
    virtual std::error_code error(lookup_id id) = 0;
    virtual std::optional<std::chrono::seconds> retry_in(lookup_id id) = 0;
    virtual void when_ready(lookup_id id, std::function<void()> ready) = 0;
    virtual std::vector<warning> warnings(lookup_id id) = 0;
    virtual explanation steps(lookup_id id) = 0;
    virtual void close(lookup_id id) = 0;

  protected:
    ~route_owner() = default;
};

/// One open route, shared by its `route_set`s; closes it when the last one goes. The engine may be
/// gone by then: it empties the link that all handles share.
class route_handle {
  public:
    /// Set to null by the engine's end.
    using link = std::shared_ptr<route_owner*>;

    route_handle(link host, lookup_id id) : host_(std::move(host)), id_(id) {}
    ~route_handle() {
        if (*host_) {
            (*host_)->close(id_);
        }
    }
    route_handle(const route_handle&) = delete;
    route_handle& operator=(const route_handle&) = delete;

    /// @returns null when the engine is gone.
    route_owner* host() const { return *host_; }
    lookup_id id() const { return id_; }

  private:
    link host_;
    lookup_id id_;
};

}  // namespace sipha::resolver::detail
