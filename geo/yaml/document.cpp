#include "geo/yaml/document.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <sstream>
#include <utility>

#include "geo/yaml/text_guard.hpp"

namespace sipha::geo::yaml {

namespace {

using detail::tree_node;

/// Thrown to leave yaml-cpp's parser early; never leaves this file.
struct stop_parsing {};

position to_position(const YAML::Mark& mark) {
    return {static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

/// @param text begins at the opening quote or block mark of a scalar.
bool is_quote_closed(std::string_view text) {
    const char quote = text[0];
    if (quote != '"' && quote != '\'') {
        return true;
    }
    for (std::size_t index = 1; index < text.size(); ++index) {
        const bool is_pair = index + 1 < text.size() && text[index + 1] == '\'';
        if (quote == '"' && text[index] == '\\') {
            ++index;
        } else if (text[index] == quote) {
            if (quote == '"' || !is_pair) {
                return true;
            }
            ++index;
        }
    }
    return false;
}

/// Builds the tree from parser events, so that aliases are seen as such and never expanded.
class tree_builder final : public YAML::EventHandler {
  public:
    tree_builder(std::string_view text, diagnostics& diag) : text_(text), diag_(diag) {}

    std::unique_ptr<tree_node> take() { return std::move(root_); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            diag_.error(
                to_position(mark),
                rule::documents,
                "a second YAML document begins here; keep one document in a file"
            );
            throw stop_parsing{};
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        add(kind::null, mark);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        diag_.error(
            to_position(mark), rule::alias, "aliases are not supported; write the value out"
        );
        add(kind::absent, mark);
    }

    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value
    ) override {
        refuse_anchor(mark, anchor);
        const bool is_quoted = tag == "!" && is_quote_at(mark);
        if (!is_quoted) {
            refuse_tag(mark, tag);
        } else if (!is_quote_closed(text_.substr(static_cast<std::size_t>(mark.pos)))) {
            // yaml-cpp takes the rest of the file as the text when it ends in a line feed.
            diag_.error(to_position(mark), rule::syntax, "this quote is never closed; close it");
        }
        for (const char letter : value) {
            const auto byte = static_cast<unsigned char>(letter);
            if ((byte < 0x20 && letter != '\n' && letter != '\t') || byte == 0x7f) {
                diag_.error(
                    to_position(mark), rule::bytes, "an escape makes a control character; remove it"
                );
                break;
            }
        }
        auto& made = add(kind::scalar, mark);
        made.text = value;
        made.is_quoted = is_quoted;
    }

    void OnSequenceStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value
    ) override {
        open(kind::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { open_.pop_back(); }

    void OnMapStart(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        YAML::EmitterStyle::value
    ) override {
        open(kind::mapping, mark, tag, anchor);
    }
    void OnMapEnd() override {
        check_keys(*open_.back());
        open_.pop_back();
    }

  private:
    void open(kind type, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (open_.size() == max_depth) {
            diag_.error(
                to_position(mark),
                rule::limit,
                "nested deeper than " + std::to_string(max_depth) + " levels; flatten the file"
            );
            throw stop_parsing{};
        }
        open_.push_back(&add(type, mark));
    }

    tree_node& add(kind type, const YAML::Mark& mark) {
        if (++nodes_ > max_nodes) {
            diag_.error(
                to_position(mark),
                rule::limit,
                "more than " + std::to_string(max_nodes) + " values; split the file"
            );
            throw stop_parsing{};
        }
        auto made = std::make_unique<tree_node>();
        made->type = type;
        made->at = to_position(mark);
        auto& place = *made;
        if (open_.empty()) {
            root_ = std::move(made);
            return place;
        }
        auto& parent = *open_.back();
        // yaml-cpp places a missing value at the next token; its key is where a user looks.
        if (type == kind::null && parent.type == kind::mapping && parent.children.size() % 2 == 1) {
            place.at = parent.children.back()->at;
        }
        parent.children.push_back(std::move(made));
        return place;
    }

    void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            diag_.error(
                to_position(mark), rule::alias, "anchors are not supported; remove the '&name'"
            );
        }
    }

    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?") {
            diag_.error(
                to_position(mark), rule::tag, "tags are not supported; remove the '!' word"
            );
        }
    }

    /// yaml-cpp reports a quoted scalar and one with the tag "!" alike; the text tells.
    bool is_quote_at(const YAML::Mark& mark) const {
        const auto offset = static_cast<std::size_t>(mark.pos);
        return offset < text_.size() &&
               std::string_view("\"'|>").find(text_[offset]) != std::string_view::npos;
    }

    void check_keys(const tree_node& map) {
        std::map<std::string_view, position> seen;
        for (std::size_t index = 0; index + 1 < map.children.size(); index += 2) {
            const auto& key = *map.children[index];
            if (key.type != kind::scalar) {
                if (key.type != kind::absent) {
                    diag_.error(key.at, rule::wrong_kind, "a key must be a word; quote it");
                }
                continue;
            }
            if (key.text == "<<" && !key.is_quoted) {
                diag_.error(
                    key.at, rule::merge_key, "merge keys are not supported; write the keys out"
                );
                continue;
            }
            const auto [first, is_new] = seen.emplace(key.text, key.at);
            if (!is_new) {
                diag_.error(
                    key.at,
                    rule::duplicate_key,
                    "duplicate key '" + printable(key.text) + "', first given at line " +
                        std::to_string(first->second.line) + " column " +
                        std::to_string(first->second.column) + "; remove one"
                );
            }
        }
    }

    std::string_view text_;
    diagnostics& diag_;
    std::unique_ptr<tree_node> root_;
    std::vector<tree_node*> open_;
    std::size_t documents_ = 0;
    std::size_t nodes_ = 0;
};

std::string advice(const std::string& message) {
    if (message.find("tab") != std::string::npos) {
        return "; indent with spaces";
    }
    if (message == "illegal map value") {
        return "; quote a text that contains ': ', and indent with spaces";
    }
    if (message.find("anchor") != std::string::npos) {
        return "; anchors and aliases are not supported, write the value out";
    }
    return "; check indentation, quotes and brackets";
}

std::unique_ptr<tree_node> build(std::string_view text, diagnostics& diag) {
    std::istringstream stream{std::string(text)};
    tree_builder builder(text, diag);
    try {
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const stop_parsing&) {
        return nullptr;
    } catch (const YAML::Exception& problem) {
        diag.error(
            problem.mark.is_null() ? position{} : to_position(problem.mark),
            problem.msg.find("anchor") == std::string::npos ? rule::syntax : rule::alias,
            problem.msg + advice(problem.msg)
        );
        return nullptr;
    }
    return builder.take();
}

struct file_closer {
    int fd;
    ~file_closer() { ::close(fd); }
};

/// @returns an errno, or 0 with the content (at most one byte above the limit) in `out`.
int read_file(const std::string& path, std::string& out) {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return errno;
    }
    const file_closer closer{fd};
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        return errno;
    }
    if (!S_ISREG(status.st_mode)) {
        return S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    }
    char block[16384];
    while (out.size() <= max_file_size) {
        const auto count = ::read(fd, block, sizeof block);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return errno;
        }
        if (count == 0) {
            break;
        }
        out.append(block, static_cast<std::size_t>(count));
    }
    return 0;
}

}  // namespace

std::size_t node::size() const {
    switch (type()) {
        case kind::sequence:
            return tree_->children.size();
        case kind::mapping:
            return tree_->children.size() / 2;
        default:
            return 0;
    }
}

node node::item(std::size_t index) const {
    const auto place = type() == kind::mapping ? 2 * index + 1 : index;
    return index < size() ? node(tree_->children[place].get()) : node();
}

node node::key(std::size_t index) const {
    return type() == kind::mapping && index < size() ? node(tree_->children[2 * index].get())
                                                     : node();
}

node node::find(std::string_view key) const {
    if (const auto index = index_of(key)) {
        return item(*index);
    }
    return {};
}

bool node::has_key(std::string_view key) const {
    return index_of(key).has_value();
}

std::optional<std::size_t> node::index_of(std::string_view key) const {
    if (type() != kind::mapping) {
        return std::nullopt;
    }
    for (std::size_t index = 0; index < size(); ++index) {
        const auto& candidate = *tree_->children[2 * index];
        if (candidate.type == kind::scalar && candidate.text == key) {
            return index;
        }
    }
    return std::nullopt;
}

document parse(std::string_view text, std::string file_name) {
    document result(std::move(file_name));
    if (text.size() > max_file_size) {
        result.diag_.error(
            {},
            rule::limit,
            "larger than " + std::to_string(max_file_size) + " bytes; split the file"
        );
        return result;
    }
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.substr(0, byte_order_mark.size()) == byte_order_mark) {
        text.remove_prefix(byte_order_mark.size());
    }
    if (!guard_text(text, result.diag_)) {
        return result;
    }
    result.root_ = build(text, result.diag_);
    if (!result.root_ && !result.diag_.has_errors()) {
        result.diag_.error({}, rule::documents, "the file is empty; write one YAML document");
    }
    return result;
}

document load(const std::string& path) {
    std::string text;
    const int problem = read_file(path, text);
    if (problem == 0) {
        return parse(text, path);
    }
    document result(path);
    result.was_read_ = false;
    result.diag_.error(
        {},
        rule::unreadable,
        problem == EINVAL ? std::string("not a regular file; give a YAML file")
                          : std::string("cannot read: ") + std::strerror(problem) +
                                "; check the path and its permissions"
    );
    return result;
}

}  // namespace sipha::geo::yaml
