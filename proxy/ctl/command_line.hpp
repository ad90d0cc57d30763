#pragma once

#include <optional>
#include <string>

namespace sipha::ctl {

/// What the command line of sipha-ctl asks for.
struct order {
    std::string socket = "/run/sipha/proxy.sock";
    bool is_json = false;  ///< print the node's answer as it is
    std::string command;   ///< as `for_people` knows it
    std::string request;   ///< a line of JSON for the node
    std::string file;      ///< write a capture there; empty: print
    std::string user;      ///< name@domain to make a line of the users file for; empty: none
    std::string realm;     ///< for it; empty: the domain
};

/// An order, or the exit code after help or an error was printed.
struct parsed_order {
    std::optional<order> go_on;
    int exit_code = 0;
};
parsed_order parse_order(int argc, char** argv);

}  // namespace sipha::ctl
