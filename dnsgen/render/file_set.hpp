#pragma once

#include <map>
#include <set>
#include <string>

namespace sipha::dnsgen {

/// Files in memory: relative path ("knot/geo.conf", one directory at most) -> content.
struct file_set {
    std::map<std::string, std::string> files;
    /// Directories outside the set that a server writes to, such as "run"; made when missing.
    std::set<std::string> run_directories;
    /// Why something could not be rendered; empty when all is well.
    std::string problem;
};

}  // namespace sipha::dnsgen
