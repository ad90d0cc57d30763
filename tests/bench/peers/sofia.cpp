#include "tests/bench/peers/sofia.hpp"

// The type that the callbacks of the library carry.
#define SRES_SIP_MAGIC_T void
#define SRES_CONTEXT_T void

#include <sofia-sip/sres_sip.h>
#include <sofia-sip/sresolv.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_wait.h>

#include <array>
#include <chrono>
#include <stdexcept>

#include "tests/bench/peers/ours.hpp"

extern "C" su_log_t sresolv_log[];

namespace sipha::bench {
namespace {

using clock = std::chrono::steady_clock;

constexpr long step_ms = 1000;

void on_located(void*, sres_sip_t*, int) {}

}  // namespace

struct sofia_resolver::state {
    struct count {
        sres_resolver_t* resolver = nullptr;
        std::size_t open = 0;
        std::size_t found = 0;
    };

    static void on_answers(void* arg, sres_query_t*, sres_record_t** answers) {
        auto* counts = static_cast<count*>(arg);
        --counts->open;
        counts->found += answers && *answers && (*answers)->sr_record->r_status == 0 ? 1 : 0;
        sres_free_answers(counts->resolver, answers);
    }

    su_root_t* root = nullptr;
    sres_resolver_t* resolver = nullptr;
    std::array<su_addrinfo_t, 3> hints{};
};

sofia_resolver::sofia_resolver(const resolver::dns_server& server, const scratch_folder& folder)
    : state_(std::make_unique<state>()) {
    const auto file = folder.write(
        "resolv." + std::to_string(server.port),
        "nameserver " + server.ip.to_string() + "\nport " + std::to_string(server.port) + "\n"
    );
    su_init();
    su_log_soft_set_level(sresolv_log, 0);
    state_->root = su_root_create(nullptr);
    state_->resolver = sres_resolver_create(state_->root, file.c_str(), TAG_END());
    if (!state_->resolver) {
        throw std::runtime_error("Sofia's resolver cannot start with " + file);
    }
    const std::array protocols{TPPROTO_UDP, TPPROTO_TCP, TPPROTO_TLS};
    for (std::size_t index = 0; index < protocols.size(); ++index) {
        state_->hints[index].ai_protocol = protocols[index];
        state_->hints[index].ai_next =
            index + 1 < protocols.size() ? &state_->hints[index + 1] : nullptr;
    }
}

sofia_resolver::~sofia_resolver() {
    sres_resolver_destroy(state_->resolver);
    su_root_destroy(state_->root);
    su_deinit();
}

std::size_t sofia_resolver::locate(const char* uri) {
    auto* lookup = sres_sip_new(
        state_->resolver,
        // The parameter is a union of text and parsed form; the library tells them apart.
        reinterpret_cast<const url_string_t*>(uri),
        state_->hints.data(),
        1,
        1,
        &on_located,
        nullptr
    );
    while (sres_sip_next_step(lookup)) {
        su_root_step(state_->root, step_ms);
    }
    std::size_t count = 0;
    for (const auto* item = sres_sip_results(lookup); item; item = item->ai_next) {
        ++count;
    }
    sres_sip_unref(lookup);
    return count;
}

std::size_t sofia_resolver::cached_answers(std::uint16_t type, const char* name) {
    auto** answers = sres_cached_answers(state_->resolver, type, name);
    std::size_t count = 0;
    while (answers && answers[count]) {
        ++count;
    }
    sres_free_answers(state_->resolver, answers);
    return count;
}

void sofia_resolver::remember(const char* name) {
    state::count counts{state_->resolver, 1, 0};
    sres_query(state_->resolver, &state::on_answers, &counts, sres_type_srv, name);
    while (counts.open != 0) {
        su_root_step(state_->root, step_ms);
    }
    expect_found("Sofia", counts.found, 1);
}

double sofia_resolver::microseconds_per_query(std::size_t in_flight, std::size_t count) {
    state::count counts{state_->resolver, 0, 0};
    std::size_t started = 0;
    const auto begin = clock::now();
    while (started < count || counts.open != 0) {
        while (started < count && counts.open < in_flight) {
            ++started;
            ++counts.open;
            sres_query(
                state_->resolver, &state::on_answers, &counts, sres_type_a, fresh_name().c_str()
            );
        }
        su_root_step(state_->root, step_ms);
    }
    const std::chrono::duration<double, std::micro> took = clock::now() - begin;
    expect_found("Sofia", counts.found, count);
    return took.count() / static_cast<double>(count);
}

}  // namespace sipha::bench
