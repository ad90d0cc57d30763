#include "proxy/sip/patch.hpp"

#include <algorithm>
#include <functional>

#include "proxy/sip/values.hpp"

namespace sipha::sip {

namespace {

/// What is known of one field while its values are counted.
struct field_cut {
    const char* kept_end = nullptr;    ///< of the last kept value in front of the cut
    const char* cut_begin = nullptr;   ///< of the first erased value
    const char* cut_end = nullptr;     ///< of the last erased value
    const char* kept_begin = nullptr;  ///< of the first kept value behind the cut
};

std::string_view between(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

void patch::reset(const message& target) {
    bytes_ = target.bytes();
    headers_first_ = target.start_line().data() + target.start_line().size();
    headers_end_ = target.header_end();
    count_ = 0;
    is_complete_ = true;
    texts_.clear();
}

void patch::replace(std::string_view piece, std::string_view text) {
    const std::less_equal<const char*> before;  // total even between unrelated pointers
    const bool is_inside = before(bytes_.data(), piece.data()) &&
                           before(piece.data() + piece.size(), bytes_.data() + bytes_.size());
    if (!is_inside || count_ == max_edits) {
        is_complete_ = false;
        return;
    }
    const edit added{
        static_cast<std::size_t>(piece.data() - bytes_.data()),
        piece.size(),
        texts_.size(),
        text.size()};
    texts_.append(text);
    // Sorted on entry and stable, so that writing is one pass.
    auto at = count_++;
    for (; at > 0 && edits_[at - 1].offset > added.offset; --at) {
        edits_[at] = edits_[at - 1];
    }
    edits_[at] = added;
}

void patch::insert_before(const char* at, std::string_view text) {
    replace(std::string_view(at, 0), text);
}

void patch::insert_headers_first(std::string_view lines) {
    insert_before(headers_first_, lines);
}

void patch::append_headers(std::string_view lines) {
    insert_before(headers_end_, lines);
}

void patch::erase_values(const message& target, header_id id, value_span which) {
    std::size_t index = 0;
    for (const auto& field : target.headers()) {
        if (field.id != id) {
            continue;
        }
        field_cut cut;
        auto rest = field.value;
        while (const auto value = next_value(rest)) {
            const auto* const begin = value->data();
            const auto* const end = begin + value->size();
            const bool is_cut = index >= which.first && index - which.first < which.count;
            ++index;
            if (is_cut) {
                cut.cut_begin = cut.cut_begin == nullptr ? begin : cut.cut_begin;
                cut.cut_end = end;
            } else if (cut.cut_begin == nullptr) {
                cut.kept_end = end;
            } else if (cut.kept_begin == nullptr) {
                cut.kept_begin = begin;
            }
        }
        if (cut.cut_begin == nullptr) {
            continue;
        }
        if (cut.kept_begin != nullptr) {
            erase(between(cut.cut_begin, cut.kept_begin));
        } else if (cut.kept_end != nullptr) {
            erase(between(cut.kept_end, cut.cut_end));
        } else {
            erase(field.line);
        }
    }
}

void patch::erase_first_value(const message& target, header_id id) {
    erase_values(target, id, {0, 1});
}

void patch::erase_all(const message& target, header_id id) {
    for (const auto& field : target.headers()) {
        if (field.id == id) {
            erase(field.line);
        }
    }
}

std::size_t patch::size_bound() const {
    return bytes_.size() + texts_.size();
}

void patch::append_to(std::string& out) const {
    if (!is_complete_) {
        return;
    }
    std::size_t written = 0;
    for (const auto& one : std::span(edits_).first(count_)) {
        if (one.offset > written) {
            out.append(bytes_.substr(written, one.offset - written));
        }
        out.append(texts_, one.text_offset, one.text_length);
        written = std::max(written, one.offset + one.length);
    }
    out.append(bytes_.substr(written));
}

}  // namespace sipha::sip
