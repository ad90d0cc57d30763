#include "tests/bench/peers/libre.hpp"

#include <re.h>

#include <stdexcept>
#include <vector>

namespace sipha::bench {
namespace {

constexpr auto any_class = static_cast<std::uint16_t>(DNS_CLASS_IN);

}  // namespace

struct libre_client::state {
    using rows = struct list;

    /// Called for each record of a section.
    static bool note_rule(dnsrr* record, void* arg) {
        auto* self = static_cast<state*>(arg);
        if (self->set.empty()) {
            self->set = record->rdata.naptr.replace;
        }
        return false;
    }
    static bool note_target(dnsrr* record, void* arg) {
        static_cast<state*>(arg)->targets.emplace_back(record->rdata.srv.target);
        return false;
    }
    static bool note_address(dnsrr*, void* arg) {
        ++static_cast<state*>(arg)->found;
        return false;
    }

    void ask(const std::string& name, std::uint16_t type, dns_query_h* done) {
        ++open;
        dnsc_query(nullptr, client, name.c_str(), type, any_class, true, done, this);
    }

    static void on_naptr(int, const dnshdr*, rows* answers, rows*, rows*, void* arg) {
        auto* self = static_cast<state*>(arg);
        dns_rrlist_sort(answers, DNS_TYPE_NAPTR, 0);
        dns_rrlist_apply(
            answers, nullptr, DNS_TYPE_NAPTR, any_class, false, &state::note_rule, self
        );
        self->ask(self->set, DNS_TYPE_SRV, &state::on_srv);
        self->ended();
    }

    static void on_srv(int, const dnshdr*, rows* answers, rows*, rows* additional, void* arg) {
        auto* self = static_cast<state*>(arg);
        dns_rrlist_apply(
            answers, nullptr, DNS_TYPE_SRV, any_class, false, &state::note_target, self
        );
        for (const auto& target : self->targets) {
            const auto before = self->found;
            dns_rrlist_apply2(
                additional,
                target.c_str(),
                DNS_TYPE_A,
                DNS_TYPE_AAAA,
                any_class,
                false,
                &state::note_address,
                self
            );
            if (self->found == before) {
                self->ask(target, DNS_TYPE_A, &state::on_address);
                self->ask(target, DNS_TYPE_AAAA, &state::on_address);
            }
        }
        self->ended();
    }

    static void on_address(int, const dnshdr*, rows* answers, rows*, rows*, void* arg) {
        auto* self = static_cast<state*>(arg);
        dns_rrlist_apply2(
            answers,
            nullptr,
            DNS_TYPE_A,
            DNS_TYPE_AAAA,
            any_class,
            false,
            &state::note_address,
            self
        );
        self->ended();
    }

    void ended() {
        if (--open == 0) {
            re_cancel();
        }
    }

    dnsc* client = nullptr;
    std::string set;
    std::vector<std::string> targets;
    std::size_t open = 0;
    std::size_t found = 0;
};

libre_client::libre_client(const resolver::dns_server& server) : state_(std::make_unique<state>()) {
    sa at{};
    if (libre_init() != 0 || sa_set_str(&at, server.ip.to_string().c_str(), server.port) != 0 ||
        dnsc_alloc(&state_->client, nullptr, &at, 1) != 0) {
        throw std::runtime_error("libre's DNS client cannot start");
    }
}

libre_client::~libre_client() {
    mem_deref(state_->client);
    libre_close();
}

std::size_t libre_client::locate(const std::string& domain) {
    state_->set.clear();
    state_->targets.clear();
    state_->found = 0;
    state_->ask(domain, DNS_TYPE_NAPTR, &state::on_naptr);
    re_main(nullptr);
    return state_->found;
}

}  // namespace sipha::bench
