#include "resolver/src/plan.hpp"

/// The part of the plan that tells its story.
namespace sipha::resolver::detail {
namespace {

std::vector<std::string> values_of(const dns_answer& answer) {
    std::vector<std::string> values;
    for (const auto& record : answer.naptr) {
        values.push_back(
            std::to_string(record.order) + ' ' + std::to_string(record.preference) + " \"" +
            record.flags + "\" \"" + record.services + "\" \"" + (record.has_regexp ? "..." : "") +
            "\" " + (record.replacement.empty() ? "." : record.replacement)
        );
    }
    for (const auto& record : answer.srv) {
        values.push_back(
            std::to_string(record.priority) + ' ' + std::to_string(record.weight) + ' ' +
            std::to_string(record.port) + ' ' + (record.target.empty() ? "." : record.target)
        );
    }
    for (const auto& ip : answer.addresses) {
        values.push_back(ip.to_string());
    }
    return values;
}

std::string sentence_of(const dns_answer& answer, const std::vector<std::string>& values) {
    std::string text;
    switch (answer.status) {
        case answer_status::found:
            text = std::to_string(values.size()) + " records";
            break;
        case answer_status::alias:
            text = "an alias of " + answer.alias_of;
            break;
        case answer_status::no_data:
            text = "no such record";
            break;
        case answer_status::no_such_name:
            text = "no such name";
            break;
        case answer_status::failed:
            return "failed: " + answer.error.message();
    }
    text += " ttl " + std::to_string(answer.ttl_s);
    if (answer.status != answer_status::alias && !answer.alias_of.empty()) {
        text += " via alias " + answer.alias_of;
    }
    for (const auto& value : values) {
        text += "; " + value;
    }
    return text;
}

}  // namespace

void planner::explain_rule(unsigned depth, std::string_view text) {
    if (is_explaining()) {
        auto& step = out_.steps.emplace_back();
        step.depth = depth;
        step.text = text;
    }
}

void planner::explain_query(unsigned depth, std::string_view name, record_type type) {
    if (is_explaining()) {
        auto& step = out_.steps.emplace_back();
        step.depth = depth;
        step.kind = step_kind::query;
        step.name = name;
        step.type = type;
        step.text = step.name + ' ' + std::string(resolver::name(type));
    }
}

void planner::explain_answer(unsigned depth, const asked_question& item) {
    if (!is_explaining()) {
        return;
    }
    auto& step = out_.steps.emplace_back();
    step.depth = depth;
    step.kind = step_kind::answer;
    step.name = item.asked.name;
    step.type = item.asked.type;
    if (item.state == question_state::silent) {
        step.text = "failed: " + std::error_code(errc::dns_timeout).message();
        return;
    }
    const auto& answer = *item.known.answer;
    step.values = values_of(answer);
    step.text = sentence_of(answer, step.values);
    if (item.known.is_stale) {
        step.text += " (stale: its TTL is over and the DNS fails)";
    }
    if (answer.status != answer_status::failed) {
        step.ttl_s = answer.ttl_s;
    }
}

}  // namespace sipha::resolver::detail
