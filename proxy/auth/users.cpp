#include "proxy/auth/users.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "proxy/sip/text.hpp"

namespace sipha::auth {

namespace {

constexpr std::string_view line_form =
    "write user@domain:ALGORITHM:HEX[,ALGORITHM:HEX...][:groups=a+b]";

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), sip::lower);
    return out;
}

/// What may stand in the name of a user: nothing that the line's own grammar uses.
bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 256 &&
           std::none_of(text.begin(), text.end(), [](char c) {
               return sip::is_control(c) || c == ' ' || c == ':' || c == '@' || c == '"' ||
                      c == '\\';
           });
}

bool is_domain(std::string_view text) {
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
        return sip::is_alphanumeric(c) || c == '-' || c == '.';
    });
}

bool is_group_list(std::string_view text) {
    return !text.empty() && text.size() <= 512 && std::all_of(text.begin(), text.end(), [](char c) {
        return sip::is_alphanumeric(c) || c == '-' || c == '_' || c == '+';
    });
}

std::string_view take_until(std::string_view& rest, std::string_view stops) {
    const auto one = rest.substr(0, rest.find_first_of(stops));
    rest.remove_prefix(one.size());
    return one;
}

bool take(std::string_view& rest, char c) {
    if (rest.empty() || rest.front() != c) {
        return false;
    }
    rest.remove_prefix(1);
    return true;
}

}  // namespace

/// Reads line after line into a table.
class user_reader {
  public:
    user_reader(users_read& out, std::span<const algorithm> algorithms) : out_(out) {
        out_.table.emplace();
        for (const auto each : algorithms) {
            out_.table->algorithms_.push_back(each);
            out_.table->secret_octets_ += digest_octets(each);
        }
    }

    void read(std::string_view text) {
        while (!text.empty()) {
            ++line_;
            auto line = text.substr(0, text.find('\n'));
            text.remove_prefix(std::min(text.size(), line.size() + 1));
            if (line.ends_with('\r')) {
                line.remove_suffix(1);
            }
            if (!line.empty() && line.front() != '#') {
                read_line(line);
            }
        }
        if (out_.error_count > 0) {
            out_.table.reset();
        }
    }

  private:
    void error(std::string text) {
        if (++out_.error_count <= max_user_errors) {
            out_.errors.push_back({line_, std::move(text)});
        }
    }

    void read_line(std::string_view line) {
        if (line.size() > max_user_line_octets) {
            error(
                "has more than " + std::to_string(max_user_line_octets) +
                " octets; give each user a line"
            );
            return;
        }
        const auto name = take_until(line, "@:");
        if (!is_name(name) || !take(line, '@')) {
            error("does not begin with user@domain; " + std::string(line_form));
            return;
        }
        const auto domain = lowered(take_until(line, ":"));
        if (!is_domain(domain) || !take(line, ':')) {
            error("names no domain behind the @; " + std::string(line_form));
            return;
        }
        secrets_.assign(out_.table->secret_octets_, 0);
        const auto is_good = read_secrets(line);
        std::string_view groups;
        if (!is_good || !read_options(line, groups)) {
            return;
        }
        if (out_.table->entries_.size() == max_users) {
            error("is beyond the limit of " + std::to_string(max_users) + " users");
            return;
        }
        if (out_.table->find(name, domain)) {
            error("'" + std::string(name) + '@' + domain + "' stands here twice; keep one");
            return;
        }
        out_.table->add({name, domain, groups});
        auto& all = out_.table->secrets_;
        all.insert(all.end(), secrets_.begin(), secrets_.end());
    }

    /// "ALGORITHM:HEX" joined by commas. Messages never quote the text: it holds secrets.
    bool read_secrets(std::string_view& line) {
        std::array<bool, all_algorithms.size()> is_given{};
        do {
            const auto which = parse_algorithm(take_until(line, ":"));
            if (!which || !take(line, ':')) {
                error("has an unknown algorithm; use SHA-512-256, SHA-256 or MD5");
                return false;
            }
            const auto hex = take_until(line, ",:");
            std::array<std::uint8_t, max_digest_octets> octets{};
            const auto secret = std::span(octets).first(digest_octets(*which));
            if (!from_hex(hex, secret)) {
                error(
                    "has a " + std::string(to_text(*which)) + " secret that is not " +
                    std::to_string(2 * secret.size()) + " hexadecimal digits"
                );
                return false;
            }
            auto& given = is_given[static_cast<std::size_t>(*which)];
            if (given) {
                error("has two secrets for " + std::string(to_text(*which)) + "; keep one");
                return false;
            }
            given = true;
            keep(*which, secret);
        } while (take(line, ','));
        for (const auto wanted : out_.table->algorithms_) {
            if (!is_given[static_cast<std::size_t>(wanted)]) {
                error(
                    "has no " + std::string(to_text(wanted)) +
                    " secret, which clients are offered; add one or take the algorithm out of "
                    "auth.algorithms"
                );
                return false;
            }
        }
        return true;
    }

    void keep(algorithm which, std::span<const std::uint8_t> secret) {
        std::size_t at = 0;
        for (const auto each : out_.table->algorithms_) {
            if (each == which) {
                std::copy(
                    secret.begin(), secret.end(), secrets_.begin() + static_cast<std::ptrdiff_t>(at)
                );
            }
            at += digest_octets(each);
        }
    }

    bool read_options(std::string_view line, std::string_view& groups) {
        if (line.empty()) {
            return true;
        }
        constexpr std::string_view key = ":groups=";
        if (!line.starts_with(key) || !is_group_list(line.substr(key.size()))) {
            error("has an unknown option; the only one is :groups=a+b");
            return false;
        }
        groups = line.substr(key.size());
        return true;
    }

    users_read& out_;
    std::size_t line_ = 0;
    std::vector<std::uint8_t> secrets_;
};

user_table::user user_table::view(std::uint32_t index) const {
    const auto& in = entries_[index];
    const auto text = std::string_view(texts_).substr(in.text);
    return {
        {text.substr(0, in.name_size),
         text.substr(in.name_size, in.domain_size),
         text.substr(std::size_t{in.name_size} + in.domain_size, in.groups_size)},
        index};
}

std::size_t user_table::slot_of(std::string_view name, std::string_view domain) const {
    auto hash = std::hash<std::string_view>{}(name);
    for (const char c : domain) {
        hash = hash * 31 + static_cast<unsigned char>(sip::lower(c));
    }
    hash ^= hash >> 17;
    const auto mask = slots_.size() - 1;
    for (auto at = hash & mask;; at = (at + 1) & mask) {
        if (slots_[at] == empty_slot) {
            return at;
        }
        const auto known = view(slots_[at]).identity;
        if (known.user == name && sip::equal_ignoring_case(known.domain, domain)) {
            return at;
        }
    }
}

std::optional<user_table::user> user_table::find(std::string_view name, std::string_view domain)
    const {
    if (slots_.empty()) {
        return std::nullopt;
    }
    const auto index = slots_[slot_of(name, domain)];
    return index == empty_slot ? std::nullopt : std::optional(view(index));
}

std::span<const std::uint8_t> user_table::secret(const user& of, algorithm which) const {
    auto at = std::size_t{of.index} * secret_octets_;
    for (const auto each : algorithms_) {
        if (each == which) {
            return std::span(secrets_).subspan(at, digest_octets(each));
        }
        at += digest_octets(each);
    }
    return {};
}

void user_table::add(const identity& who) {
    if (2 * (entries_.size() + 1) > slots_.size()) {
        slots_.assign(std::max<std::size_t>(16, 2 * slots_.size()), empty_slot);
        for (std::uint32_t i = 0; i < entries_.size(); ++i) {
            const auto known = view(i).identity;
            slots_[slot_of(known.user, known.domain)] = i;
        }
    }
    const auto slot = slot_of(who.user, who.domain);
    entries_.push_back(
        {static_cast<std::uint32_t>(texts_.size()),
         static_cast<std::uint16_t>(who.user.size()),
         static_cast<std::uint16_t>(who.domain.size()),
         static_cast<std::uint16_t>(who.groups.size())}
    );
    texts_.append(who.user).append(who.domain).append(who.groups);
    slots_[slot] = static_cast<std::uint32_t>(entries_.size() - 1);
}

users_read read_users(std::string_view text, std::span<const algorithm> algorithms) {
    users_read out;
    user_reader(out, algorithms).read(text);
    return out;
}

std::optional<std::string> user_line(
    const user_secret& who, std::span<const algorithm> algorithms, const hasher& hash
) {
    const auto domain = lowered(who.domain);
    if (!is_name(who.name) || !is_domain(domain)) {
        return std::nullopt;
    }
    auto line = std::string(who.name) + '@' + domain;
    char separator = ':';
    for (const auto each : algorithms) {
        digest_text text{};
        const std::array parts{who.name, who.realm, who.password};
        line += separator;
        line.append(to_text(each)).append(":").append(hash.hash_text(each, parts, text));
        separator = ',';
    }
    return line;
}

}  // namespace sipha::auth
