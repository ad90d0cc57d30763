// Requests that the proxy answers by itself: OPTIONS and REGISTER over UDP.
#include "tests/load/text.hpp"
#include "tests/load/workload.hpp"

namespace sipha::load {

namespace {

using clock = std::chrono::steady_clock;

class single_load : public workload {
  public:
    single_load(const load_options& options, links& over)
        : options_(options),
          links_(over),
          link_(over.add_udp(parse_place(options.local + ":" + std::to_string(caller_port)))),
          here_(to_text(over.local(link_))),
          began_(options.units),
          is_done_(options.units) {}

    void begin(std::uint32_t unit) override {
        began_[unit] = clock::now();
        links_.send(link_, options_.proxy, text(unit));
    }

    void received(std::size_t, std::string_view message, const sockaddr_in&) override {
        const auto unit = unit_of_tag(value_of(message, "From"));
        if (unit >= began_.size()) {
            ++result.unexpected;
            return;
        }
        if (is_done_[unit]) {
            ++result.repeated;
            return;
        }
        is_done_[unit] = true;
        ++result.done;
        result.refused += status_of(message) == 200 ? 0 : 1;
        const auto took = clock::now() - began_[unit];
        result.latencies_us.push_back(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(took).count()
        ));
    }

  protected:
    virtual std::string text(std::uint32_t unit) const = 0;
    /// The unit that a response is for: its From tag is "f<unit>".
    static std::uint32_t unit_of_tag(std::string_view from) {
        const auto at = from.find(";tag=f");
        return at == std::string_view::npos
                   ? UINT32_MAX
                   : static_cast<std::uint32_t>(std::stoul(std::string(from.substr(at + 6))));
    }
    std::string top(std::uint32_t unit, const char* method, const std::string& uri) const {
        return std::string(method) + " " + uri + " SIP/2.0\r\nVia: SIP/2.0/UDP " + here_ +
               ";rport;branch=z9hG4bK" + method + std::to_string(unit) + "\r\nMax-Forwards: 70\r\n";
    }

    load_options options_;
    links& links_;
    std::size_t link_;
    std::string here_;

  private:
    std::vector<clock::time_point> began_;
    std::vector<bool> is_done_;
};

class options_load final : public single_load {
  public:
    using single_load::single_load;

  protected:
    std::string text(std::uint32_t unit) const override {
        const auto number = std::to_string(unit);
        return top(unit, "OPTIONS", "sip:" + to_text(options_.proxy)) + "From: <sip:probe@" +
               options_.domain + ">;tag=f" + number + "\r\nTo: <sip:" + to_text(options_.proxy) +
               ">\r\nCall-ID: o" + number + "@load\r\nCSeq: 1 OPTIONS\r\nContact: <sip:probe@" +
               here_ + ">\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n";
    }
};

class register_load final : public single_load {
  public:
    using single_load::single_load;

  protected:
    std::string text(std::uint32_t unit) const override {
        const auto users = std::max(1U, options_.units / options_.times);
        const auto user = "u" + std::to_string(unit % users);
        const auto aor = "sip:" + user + "@" + options_.domain;
        return top(unit, "REGISTER", "sip:" + options_.domain) + "From: <" + aor + ">;tag=f" +
               std::to_string(unit) + "\r\nTo: <" + aor + ">\r\nCall-ID: " + user +
               "-6f1c2d3e4a5b6978@load\r\nCSeq: " + std::to_string(1 + unit / users) +
               " REGISTER\r\nContact: <sip:" + user + "@" + here_ +
               ">\r\nUser-Agent: Load phone 1.0\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n";
    }
};

}  // namespace

std::unique_ptr<workload> make_options_load(const load_options& options, links& over) {
    return std::make_unique<options_load>(options, over);
}

std::unique_ptr<workload> make_register_load(const load_options& options, links& over) {
    return std::make_unique<register_load>(options, over);
}

}  // namespace sipha::load
