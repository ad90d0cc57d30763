#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <sipha/geo/ip.hpp>
#include "geo/yaml/diagnostics.hpp"
#include "geo/yaml/document.hpp"

namespace sipha::geo::yaml {

/// Limits a caller may lower but that hold without asking.
inline constexpr std::size_t default_text_length = 255;
inline constexpr std::size_t default_list_length = 1000;

/// One value that is being read into a variable.
///
/// Each read function stores into `out` and returns true when the value is there and right;
/// otherwise it leaves `out` as it was, so the default stands in the struct that holds it. A wrong
/// value is reported; an absent one is silent (`object::required` has reported it already). `out`
/// may also be a std::optional of the named type.
class value {
  public:
    /// @param path key path for messages and `diagnostics::known_keys`, empty for the root.
    value(node source, diagnostics& diag, std::string path)
        : source_(source), diag_(&diag), path_(std::move(path)) {}

    bool is_present() const { return source_.is_present(); }
    position at() const { return source_.at(); }
    const node& source() const { return source_; }
    diagnostics& diag() const { return *diag_; }
    const std::string& path() const { return path_; }
    /// Reports an error at this value; `text` says what is wrong and the remedy.
    void error(std::string_view rule, std::string_view text) const;

    /// A decimal number without sign, leading zero, point or quotes. Limits are inclusive and not
    /// negative.
    template <class Out>
    bool integer(Out& out, std::uint64_t least, std::uint64_t most) const {
        return store(out, read_integer(least, most));
    }
    /// A decimal number such as 4.90 or -74; no exponent, at most 32 characters.
    /// @param range_rule the rule that a number outside the limits breaks.
    template <class Out>
    bool real(Out& out, double least, double most, std::string_view range_rule = rule::range)
        const {
        return store(out, read_real(least, most, range_rule));
    }
    /// `true` or `false`, nothing else.
    template <class Out>
    bool boolean(Out& out) const {
        return store(out, read_boolean());
    }
    /// One line of text, not empty, at most `most` bytes. An unquoted yes/no/on/off/true/false is
    /// refused, because YAML tools disagree about what it means.
    template <class Out>
    bool string(Out& out, std::size_t most = default_text_length) const {
        return store(out, read_string(most, allow_empty::no));
    }
    /// As `string`, but "" is a value.
    template <class Out>
    bool string_or_empty(Out& out, std::size_t most = default_text_length) const {
        return store(out, read_string(most, allow_empty::yes));
    }
    /// A duration with its unit: 500ms, 30s, 5m, 12h, 7d. Limits are inclusive.
    /// @param out a chrono duration; a value finer than its unit is refused.
    template <class Out>
    bool duration(Out& out, std::chrono::milliseconds least, std::chrono::milliseconds most) const {
        using target = typename held<Out>::type;
        constexpr auto unit = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::duration<typename target::rep, typename target::period>(1)
        );
        const auto read = read_duration(least, most, std::max(unit, std::chrono::milliseconds(1)));
        return read && (out = std::chrono::duration_cast<target>(*read), true);
    }
    /// A number of bytes with its unit: 512B, 64KiB, 1MiB, 2GiB. Limits are inclusive.
    template <class Out>
    bool size(Out& out, std::uint64_t least, std::uint64_t most) const {
        return store(out, read_size(least, most));
    }
    template <class Out>
    bool address(Out& out) const {
        return store(out, read_address());
    }
    /// A network such as 192.0.2.0/24; host bits must be zero.
    template <class Out>
    bool prefix(Out& out) const {
        return store(out, read_prefix());
    }
    /// One word of a list, e.g. `one_of(out, {{"up", state::up}, {"down", state::down}})`.
    template <class Out, class Enum = typename std::remove_reference_t<Out>>
    bool one_of(Out& out, std::initializer_list<std::pair<std::string_view, Enum>> words) const {
        std::vector<std::string_view> names;
        for (const auto& word : words) {
            names.push_back(word.first);
        }
        const auto index = read_word(names);
        return index && (out = (words.begin() + *index)->second, true);
    }
    /// A text that `parse` (std::string_view -> std::optional) understands.
    /// @param expected what to write, e.g. "an address and port such as 192.0.2.1:5060".
    template <class Out, class Parse>
    bool parsed(Out& out, Parse&& parse, std::string_view expected) const {
        const auto text = scalar();
        if (!text) {
            return false;
        }
        if (auto made = parse(*text)) {
            out = std::move(*made);
            return true;
        }
        report_form(*text, expected);
        return false;
    }
    /// Calls `each(value)` for every item, in order. An empty list is fine.
    /// @returns true when the value is a list of at most `most` items.
    template <class Each>
    bool list(Each&& each, std::size_t most = default_list_length) const {
        if (!is_list(most)) {
            return false;
        }
        for (std::size_t index = 0; index < source_.size(); ++index) {
            each(value(source_.item(index), *diag_, path_ + "[]"));
        }
        return true;
    }
    /// Calls `each(value name, value item)` for every entry, in file order; `name` is read like any
    /// value, usually with `string`. A key given twice was reported and comes twice.
    /// @returns true when the value is a mapping of at most `most` entries.
    template <class Each>
    bool map(Each&& each, std::size_t most = default_list_length) const {
        if (!is_map(most)) {
            return false;
        }
        for (std::size_t index = 0; index < source_.size(); ++index) {
            each(
                value(source_.key(index), *diag_, path_ + ".*"),
                value(source_.item(index), *diag_, path_ + ".*")
            );
        }
        return true;
    }

  private:
    enum class allow_empty : bool { no, yes };

    template <class Out>
    struct held {
        using type = Out;
    };
    template <class Held>
    struct held<std::optional<Held>> {
        using type = Held;
    };

    template <class Out, class Read>
    static bool store(Out& out, std::optional<Read> read) {
        if (!read) {
            return false;
        }
        if constexpr (std::is_arithmetic_v<typename held<Out>::type>) {
            out = static_cast<typename held<Out>::type>(*read);
        } else {
            out = std::move(*read);
        }
        return true;
    }

    std::optional<std::string_view> scalar() const;
    void report_form(std::string_view text, std::string_view expected) const;
    bool is_list(std::size_t most) const;
    bool is_map(std::size_t most) const;
    std::optional<std::uint64_t> read_integer(std::uint64_t least, std::uint64_t most) const;
    std::optional<double> read_real(double least, double most, std::string_view range_rule) const;
    std::optional<bool> read_boolean() const;
    std::optional<std::string> read_string(std::size_t most, allow_empty empty) const;
    std::optional<std::chrono::milliseconds> read_duration(
        std::chrono::milliseconds least,
        std::chrono::milliseconds most,
        std::chrono::milliseconds unit
    ) const;
    std::optional<std::uint64_t> read_size(std::uint64_t least, std::uint64_t most) const;
    std::optional<ip_address> read_address() const;
    std::optional<ip_prefix> read_prefix() const;
    std::optional<std::size_t> read_word(const std::vector<std::string_view>& words) const;

    node source_;
    diagnostics* diag_;
    std::string path_;
};

/// A mapping whose keys are known to the code. Keys nobody asked for are errors.
///
/// @code
///   object o(document.root(), document.diag());
///   o.required("port").integer(config.port, 1, 65535);
///   o.optional("timeout").duration(config.timeout, 1s, 1h);
///   o.optional("listen").list([&](const value& item) { config.listen.push_back(read_listen(item));
///   }); o.finish();
/// @endcode
class object {
  public:
    /// The root of a document.
    object(node root, diagnostics& diag) : object(value(root, diag, {})) {}
    /// A nested mapping; reports a value that is not one.
    explicit object(value source);
    object(const object&) = delete;
    object& operator=(const object&) = delete;
    /// Calls `finish`, so that forgetting it cannot hide an unknown key.
    ~object() { finish(); }

    /// The value of a key that must be there; its absence is reported here.
    value required(std::string_view key);
    /// The value of a key that may be missing. A key without a value ("ttl:") is an error.
    value optional(std::string_view key);
    /// Reports the keys nobody asked for, with the nearest known one.
    void finish();

    bool is_present() const { return source_.is_present(); }
    position at() const { return source_.at(); }
    diagnostics& diag() const { return source_.diag(); }
    /// The keys asked for so far, in that order.
    const std::vector<std::string>& keys() const { return keys_; }

  private:
    value read(std::string_view key);

    value source_;
    std::vector<std::string> keys_;
    bool is_finished_ = false;
};

}  // namespace sipha::geo::yaml
