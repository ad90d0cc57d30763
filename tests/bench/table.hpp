#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/bench/rounds.hpp"

namespace sipha::bench {

/// What a row must reach; nothing given means the row only informs.
struct bar {
    std::optional<double> limit;  ///< most that ours may be, in the row's unit
    std::optional<double> share;  ///< most that ours may be of the first peer
};

enum class verdict : std::uint8_t {
    ok,
    missed,
    gross,   ///< missed by more than `gross_factor`: no noise of a busy machine explains it
    info,    ///< no bar
    skipped  ///< could not run here; `note` says why
};

/// How far beyond its bar a row must be for a smoke run to fail.
inline constexpr double gross_factor = 3;

/// One line of the table: figures of the same kind, taken in the same run.
struct row {
    std::string what;
    std::string unit;  ///< "us", "ms", "trips", "bytes", ...
    figure ours;
    std::vector<figure> peers;  ///< the first one is what `bar::share` and the ratio mean
    bench::bar bar;
    std::string note;
    bool is_skipped = false;
};

/// A row that could not run, with the reason.
row skipped(std::string what, std::string why);
/// A row from the figures of `alternate`: the first is ours, the rest are peers.
row compared(std::string what, std::string unit, std::vector<figure> figures, const bar& limits);

verdict judge(const row& line);
/// "ok", "missed", "MISSED", "-", "skipped".
std::string name(verdict value);
/// The rows as an aligned table: what, ours, peers, ratio to the first peer, bar, verdict.
std::string to_text(const std::vector<row>& rows);
/// One JSON array of objects with the keys what, unit, ours, peers, ratio, limit, share, verdict,
/// note.
std::string to_json(const std::vector<row>& rows);

}  // namespace sipha::bench
