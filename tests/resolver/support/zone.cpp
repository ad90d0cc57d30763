#include "tests/resolver/support/zone.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "tests/resolver/support/manner.hpp"
#include "tests/resolver/support/wire.hpp"

namespace sipha::resolver::test {
namespace {

constexpr unsigned type_cname = 5;
constexpr unsigned type_soa = 6;
constexpr std::size_t longest_chain = 32;

using type_table = std::map<std::string, std::pair<unsigned, std::size_t>>;

/// Types with the number of their fields; made when first used, as zones may be globals.
const type_table& types() {
    static const type_table table{
        {"A", {1, 1}}, {"AAAA", {28, 1}}, {"CNAME", {5, 1}}, {"SRV", {33, 4}}, {"NAPTR", {35, 6}}};
    return table;
}

std::optional<std::uint32_t> number(const std::string& word) {
    std::uint32_t value = 0;
    const auto* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, value);
    return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

[[noreturn]] void refuse(const std::vector<std::string>& words) {
    std::string line;
    for (const auto& word : words) {
        line += word + ' ';
    }
    throw std::invalid_argument("zone line makes no sense: " + line);
}

std::string without_dash(const std::string& field) {
    return field == "-" ? std::string() : field;
}

std::string root_or(const std::string& field) {
    return field == "." ? std::string() : field;
}

void write_data(wire_writer& out, unsigned type, const std::vector<std::string>& fields) {
    if (type == 1 || type == 28) {
        const auto ip = address::parse(fields[0]).value();
        for (const auto byte : ip.bytes()) {
            out.put8(byte);
        }
    } else if (type == type_cname) {
        out.name(fields[0]);
    } else if (type == 33) {
        for (std::size_t index = 0; index < 3; ++index) {
            out.put16(number(fields[index]).value());
        }
        out.name(root_or(fields[3]));
    } else {
        out.put16(number(fields[0]).value());
        out.put16(number(fields[1]).value());
        for (std::size_t index = 2; index < 5; ++index) {
            out.text(without_dash(fields[index]));
        }
        out.name(root_or(fields[5]));
    }
}

}  // namespace

zone::zone(std::string_view text) {
    std::string copy(text);
    std::replace(copy.begin(), copy.end(), ';', '\n');
    std::istringstream lines(copy);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream stream(line);
        std::vector<std::string> words;
        for (std::string word; stream >> word;) {
            words.push_back(word);
        }
        if (!words.empty()) {
            add(words);
        }
    }
}

void zone::add(const std::vector<std::string>& words) {
    if (words[0] == "SOA" && words.size() == 3 && number(words[1]) && number(words[2])) {
        soa_.emplace(*number(words[1]), *number(words[2]));
        return;
    }
    if (words.size() == 1 && (words[0] == "GLUE" || words[0] == "NOCHASE")) {
        has_glue_ = has_glue_ || words[0] == "GLUE";
        is_chasing_ = is_chasing_ && words[0] != "NOCHASE";
        return;
    }
    record item;
    std::size_t at = 1;
    if (words.size() > 1 && number(words[1])) {
        item.ttl_s = *number(words[1]);
        at = 2;
    }
    const auto type = words.size() > at ? types().find(words[at]) : types().end();
    if (type == types().end()) {
        refuse(words);
    }
    item.type = type->second.first;
    item.fields.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
    if (item.fields == std::vector<std::string>{"FAIL"} ||
        item.fields == std::vector<std::string>{"SILENT"}) {
        faults_[{words[0], static_cast<record_type>(item.type)}] = item.fields[0];
        return;
    }
    const bool is_address = item.type == 1 || item.type == 28;
    if (item.fields.size() != type->second.second ||
        (is_address && !address::parse(item.fields[0]))) {
        refuse(words);
    }
    names_[words[0]].push_back(std::move(item));
}

std::optional<std::vector<std::uint8_t>> zone::respond(const question& asked, std::uint16_t id)
    const {
    const auto type = static_cast<unsigned>(asked.type);
    wire_writer out(id, reply_flags);
    out.question(asked.name, type);
    if (const auto fault = faults_.find(asked); fault != faults_.end()) {
        out.bytes()[3] |= 2;  // SERVFAIL
        return fault->second == "FAIL" ? std::optional(out.bytes()) : std::nullopt;
    }
    std::string owner = asked.name;
    std::vector<std::string> targets;
    bool has_answer = false;
    bool is_known = false;
    bool is_stopped = false;
    for (std::size_t link = 0; link < longest_chain && !is_stopped; ++link) {
        const auto found = names_.find(owner);
        is_known = found != names_.end();
        std::string next;
        for (const auto& item : is_known ? found->second : std::vector<record>{}) {
            if (item.type != type && item.type != type_cname) {
                continue;
            }
            out.begin_record(owner, item.type, item.ttl_s);
            write_data(out, item.type, item.fields);
            out.end_record();
            out.count(1);
            has_answer = has_answer || item.type == type;
            next = item.type == type_cname ? item.fields[0] : next;
            if (type == 33 && item.type == type) {
                targets.push_back(item.fields[3]);
            }
        }
        is_stopped = next.empty() || !is_chasing_;
        owner = next.empty() ? owner : next;
    }
    if (!has_answer && is_chasing_ && soa_) {
        out.begin_record("", type_soa, soa_->first);
        out.name("");
        out.name("");
        for (const auto value : {1U, 1U, 1U, 1U, soa_->second}) {
            out.put32(value);
        }
        out.end_record();
        out.count(2);
    }
    if (!is_known) {
        out.bytes()[3] |= 3;  // NXDOMAIN
    }
    for (const auto& target : targets) {
        const auto found = names_.find(target);
        for (const auto& item :
             has_glue_&& found != names_.end() ? found->second : std::vector<record>{}) {
            if (item.type == 1 || item.type == 28) {
                out.begin_record(target, item.type, item.ttl_s);
                write_data(out, item.type, item.fields);
                out.end_record();
                out.count(3);
            }
        }
    }
    return out.bytes();
}

void memory_transport::use_servers(std::span<const dns_server>) {
    waiting_.clear();
    arrivals_.clear();
}

void memory_transport::send(time_point, dns_packet packet) {
    asked.push_back(question_of(packet.message));
    for (auto& message : replies_to(packet.message, zone_, manner::honest, packet.over)) {
        waiting_.push_back({packet.server, packet.over, std::move(message), {}, 0});
    }
}

time_point memory_transport::next_deadline() const {
    return waiting_.empty() ? never : time_point{};
}

void memory_transport::process(time_point) {
    std::move(waiting_.begin(), waiting_.end(), std::back_inserter(arrivals_));
    waiting_.clear();
}

}  // namespace sipha::resolver::test
