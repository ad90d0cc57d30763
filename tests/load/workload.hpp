#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/load/links.hpp"

namespace sipha::load {

struct load_options {
    std::string workload = "call";  ///< call, options, register
    bool is_tcp = false;
    sockaddr_in proxy{};
    std::string local = "127.0.0.1";  ///< address of the generator's phones
    std::string domain = "load.example";
    std::uint32_t units = 1000;
    double rate = 0;                ///< units a second; 0: the next when the last one is done
    std::uint32_t users = 0;        ///< call: that many registered callees; 0: the upstream
    std::uint32_t connections = 8;  ///< of the callers, and of the callees, over TCP
    bool registers = true;    ///< call: false through a relay, which answers nothing by itself
    std::uint32_t times = 1;  ///< register: so many REGISTERs for each user
};

/// What came of a run. Clean: `done` equals the units, and everything below is 0.
struct outcome {
    std::uint32_t done = 0;
    std::uint32_t repeated = 0;    ///< a message came twice
    std::uint32_t refused = 0;     ///< a final status that is not the expected one
    std::uint32_t unexpected = 0;  ///< nobody waits for it
    std::vector<std::uint32_t> latencies_us;
};

/// One kind of work. `begin` starts a unit; answers come through `received`.
class workload : public receiver {
  public:
    /// Starts what must be there before the first unit: registrations.
    virtual void prepare() {}
    virtual bool is_prepared() const { return true; }
    virtual void begin(std::uint32_t unit) = 0;
    outcome result;
};

std::unique_ptr<workload> make_call_load(const load_options& options, links& over);
std::unique_ptr<workload> make_options_load(const load_options& options, links& over);
std::unique_ptr<workload> make_register_load(const load_options& options, links& over);

/// The port of the callers' UDP socket, and that of the callees: a proxy's upstream.
inline constexpr std::uint16_t caller_port = 6060;
inline constexpr std::uint16_t callee_port = 6070;

/// "c<unit>-..." in a Call-ID made by this program; max for another one.
std::uint32_t unit_of(std::string_view message);

}  // namespace sipha::load
