#pragma once

#include <string>
#include <string_view>

namespace sipha::ctl {

/// Lays out a node's answer for people. @param command status, nodes or contacts.
std::string for_people(std::string_view command, std::string_view answer);

/// The "error" of an answer that says "ok": false, or what is wrong with the answer; empty when
/// it is fine.
std::string error_of(std::string_view answer);

}  // namespace sipha::ctl
