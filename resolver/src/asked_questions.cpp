#include "resolver/src/asked_questions.hpp"

#include <algorithm>
#include <utility>

namespace sipha::resolver::detail {
namespace {

/// FNV-1a: spares most comparisons of names while the list is searched.
std::uint32_t hash_of(std::string_view name, record_type type) {
    auto hash = 0x811c9dc5U ^ static_cast<std::uint32_t>(type);
    for (const char letter : name) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x01000193U;
    }
    return hash;
}

}  // namespace

const asked_question* asked_questions::find(std::string_view name, record_type type) const {
    const auto hash = hash_of(name, type);
    const auto found = std::find_if(list_.begin(), list_.end(), [&](const asked_question& item) {
        return item.hash == hash && item.asked.type == type && item.asked.name == name;
    });
    return found == list_.end() ? nullptr : &*found;
}

asked_question* asked_questions::find(std::string_view name, record_type type) {
    return const_cast<asked_question*>(std::as_const(*this).find(name, type));
}

void asked_questions::add(question asked, time_point now) {
    asked_question item;
    item.hash = hash_of(asked.name, asked.type);
    item.asked = std::move(asked);
    item.asked_at = now;
    list_.push_back(std::move(item));
}

}  // namespace sipha::resolver::detail
