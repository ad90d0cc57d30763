#pragma once

#include <sipha/resolver.h>

#include <memory>
#include <string>
#include <vector>

#include "resolver/src/capi_border.hpp"
#include "tests/resolver/support/zone.hpp"

namespace sipha::resolver::test {

/// A resolver of the C API whose DNS is a zone; freed at the end of its scope.
class c_resolver {
  public:
    explicit c_resolver(const char* content)
        : handle_(detail::make_handle(std::make_unique<engine>(
              engine_options{}, std::make_unique<memory_transport>(zone(content))
          ))) {}
    ~c_resolver() { free(); }
    c_resolver(const c_resolver&) = delete;
    c_resolver& operator=(const c_resolver&) = delete;

    operator sipha_t*() const { return handle_; }
    void free() { sipha_free(std::exchange(handle_, nullptr)); }
    /// Some turns: enough for anything that does not wait for time to pass.
    void turn() const {
        for (int count = 0; count < 50; ++count) {
            sipha_process(handle_);
        }
    }

  private:
    sipha_t* handle_;
};

/// What the callbacks of one lookup told, and its handle.
struct c_lookup {
    std::vector<std::int32_t> told;
    sipha_lookup_t* handle = nullptr;

    static void on_done(void* user, sipha_lookup_t* lookup, std::int32_t status) {
        auto& self = *static_cast<c_lookup*>(user);
        self.told.push_back(status);
        self.handle = lookup;
    }
    std::int32_t start(sipha_t* on, const char* uri, const sipha_options* how = nullptr) {
        return sipha_resolve(on, uri, how, &c_lookup::on_done, this, &handle);
    }
    /// The address of each candidate that is left, then the last result of sipha_next.
    std::vector<std::string> rest() const {
        std::vector<std::string> found;
        sipha_candidate place{};
        place.size = sizeof place;
        std::int32_t last = 0;
        while ((last = sipha_next(handle, &place)) == 1) {
            found.emplace_back(place.address);
        }
        found.push_back(std::to_string(last));
        return found;
    }
};

}  // namespace sipha::resolver::test
