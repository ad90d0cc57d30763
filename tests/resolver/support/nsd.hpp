#pragma once

#include <sys/types.h>

#include <string>

#include <sipha/resolver/options.hpp>

namespace sipha::resolver::test {

/// The name server NSD on a loopback port, with one zone, for as long as this object lives.
class nsd {
  public:
    /// True when the program is installed.
    static bool is_installed();
    /// Starts it and waits until it answers. @param zone_name without the final dot.
    /// @param zone_file RFC 1035 5 text.
    /// @throws std::runtime_error with the server's own words when it does not come up.
    nsd(const std::string& zone_name, const std::string& zone_file);
    ~nsd();
    nsd(const nsd&) = delete;
    nsd& operator=(const nsd&) = delete;

    /// Where to ask.
    dns_server place() const { return place_; }

  private:
    void start();
    void stop();
    void wait_until_it_answers(const std::string& zone_name);

    std::string folder_;
    dns_server place_;
    pid_t child_ = -1;
};

}  // namespace sipha::resolver::test
