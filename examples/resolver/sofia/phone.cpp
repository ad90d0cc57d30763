#include "examples/resolver/sofia/phone.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <utility>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su.h>

namespace {

namespace resolver = sipha::resolver;
using std::chrono::milliseconds;

void say(const std::string& text) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<milliseconds>(now).count();
    std::printf("%lld %s\n", static_cast<long long>(ms), text.c_str());
    std::fflush(stdout);
}

std::string host_of(const resolver::address& ip) {
    const auto text = ip.to_string();
    return ip.family() == resolver::address_family::v6 ? '[' + text + ']' : text;
}

/// A numeric URI, so that Sofia asks no DNS of its own.
std::string uri_of(const resolver::candidate& place) {
    return "sip:" + host_of(place.ip) + ':' + std::to_string(place.port) +
           ";transport=" + std::string(resolver::name(place.transport));
}

std::string answer_for(const resolver::address& ip) {
    const std::string family = ip.family() == resolver::address_family::v6 ? "IP6 " : "IP4 ";
    const auto host = family + ip.to_string();
    // RFC 863: port 9 discards whatever media arrives.
    return "v=0\r\no=- 1 1 IN " + host + "\r\ns=-\r\nc=IN " + host +
           "\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na=inactive\r\n";
}

/// What the answer to a REGISTER tells about the server.
resolver::outcome outcome_of(int status, const sip_t* message, nua_t* nua) {
    resolver::outcome outcome;
    // Answers that Sofia makes by itself have no source address.
    auto* received = nua_current_request(nua);
    const bool is_from_server =
        message != nullptr && received != nullptr && msg_addr(received)->su_family != AF_UNSPEC;
    if (is_from_server) {
        if (status == 503) {
            outcome.kind = resolver::outcome_kind::unavailable;
            if (const auto* wait = message->sip_retry_after) {
                outcome.retry_after = std::chrono::seconds(wait->af_delta);
            }
        }
        return outcome;
    }
    // Sofia makes these answers by itself: 408 for silence, 503 for what the transport reports.
    outcome.kind =
        status == 408 ? resolver::outcome_kind::timeout : resolver::outcome_kind::refused;
    return outcome;
}

/// RFC 3261 10.2.1.1: the registrar's choice counts, in the Contact or in Expires. Of several
/// contacts the one that ends first: to be early does no harm.
milliseconds granted(const sip_t* message, std::chrono::seconds asked) {
    auto least = asked;
    if (message != nullptr) {
        if (message->sip_expires != nullptr) {
            least = std::min(least, std::chrono::seconds(message->sip_expires->ex_delta));
        }
        for (const auto* contact = message->sip_contact; contact; contact = contact->m_next) {
            const auto value = contact->m_expires != nullptr ? std::atol(contact->m_expires) : 0;
            least = value > 0 ? std::min(least, std::chrono::seconds(value)) : least;
        }
    }
    return std::max(least, std::chrono::seconds(1));
}

std::string token() {
    static std::random_device source;
    const auto value = (std::uint64_t{source()} << 32) | source();
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
    return text;
}

}  // namespace

sofia_phone::sofia_phone(phone_settings use)
    : use_(std::move(use)),
      identity_("sip:" + use_.user + '@' + use_.domain),
      answer_(answer_for(use_.listen)),
      call_id_(token()),
      tag_(token()) {
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    // Before Sofia starts its thread, which inherits the mask.
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    signals_ = signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);

    su_init();
    root_ = su_root_create(this);
    const auto local = "sip:" + host_of(use_.listen) + ":*";
    nua_ = nua_create(
        root_,
        on_event,
        this,
        NUTAG_URL(local.c_str()),
        NUTAG_MEDIA_ENABLE(0),
        // A 503 with Retry-After is for the session to judge, which knows other servers.
        NUTAG_MAX_RETRY_AFTER(0),
        NTATAG_SIP_T1X64(static_cast<unsigned>(use_.register_timeout.count())),
        TAG_END()
    );
    if (signals_ < 0 || root_ == nullptr || nua_ == nullptr) {
        throw std::runtime_error("Sofia-SIP cannot use " + local + "; check --listen");
    }
    engine_timer_ = su_timer_create(su_root_task(root_), 0);
    register_timer_ = su_timer_create(su_root_task(root_), 0);

    engine_ = std::make_unique<resolver::engine>(use_.dns);
    watch(engine_->fd(), on_engine);
    watch(signals_, on_signal);
    session_ = std::make_unique<resolver::session>(
        *engine_,
        "sip:" + use_.domain,
        use_.session,
        [this](const resolver::session_event& event) { session_changed(event); }
    );
    say("started aor=" + identity_);
    process_engine();
}

sofia_phone::~sofia_phone() {
    session_.reset();
    for (const int watched : watched_) {
        su_root_deregister(root_, watched);
    }
    engine_.reset();
    su_timer_destroy(engine_timer_);
    su_timer_destroy(register_timer_);
    if (nua_ != nullptr) {
        nua_destroy(nua_);
    }
    if (root_ != nullptr) {
        su_root_destroy(root_);
    }
    su_deinit();
    close(signals_);
}

void sofia_phone::run() {
    su_root_run(root_);
}

// --- the engine in Sofia's loop -----------------------------------------------------------------

void sofia_phone::watch(int descriptor, su_wakeup_f callback) {
    su_wait_t wait[1];
    su_wait_create(wait, descriptor, SU_WAIT_IN);
    const int watched = su_root_register(root_, wait, callback, this, 0);
    if (watched < 0) {
        throw std::runtime_error("Sofia-SIP's loop takes no more descriptors");
    }
    watched_.push_back(watched);
}

int sofia_phone::on_engine(sofia_phone*, su_wait_t*, sofia_phone* self) {
    self->process_engine();
    return 0;
}

void sofia_phone::on_engine_due(sofia_phone*, su_timer_t*, sofia_phone* self) {
    self->process_engine();
}

void sofia_phone::process_engine() {
    engine_->process();
    su_timer_reset(engine_timer_);
    if (const auto wait = engine_->timeout()) {
        su_timer_set_interval(engine_timer_, on_engine_due, this, wait->count());
    }
}

// --- registration -------------------------------------------------------------------------------

void sofia_phone::session_changed(const resolver::session_event& event) {
    const auto where = event.target ? event.target->to_string() : "none";
    say("session state=" + std::string(resolver::name(event.state)) +
        " reason=" + std::string(resolver::name(event.reason)) + " target=" + where +
        (event.is_stale ? " stale" : ""));
    if (stage_ != stage::running || !event.target) {
        return;
    }
    const bool is_new = !target_ || !resolver::is_same_place(*target_, *event.target);
    target_ = event.target;
    if (is_new || event.reason == resolver::session_reason::network_changed) {
        failures_ = 0;
        register_after(event.register_after);
    }
}

void sofia_phone::register_after(milliseconds wait) {
    su_timer_reset(register_timer_);
    su_timer_set_interval(register_timer_, on_register_due, this, wait.count());
}

void sofia_phone::on_register_due(sofia_phone*, su_timer_t*, sofia_phone* self) {
    self->send_register(self->use_.expires);
}

void sofia_phone::send_register(std::chrono::seconds expires) {
    // One that still waits, for a dead server perhaps, is given up.
    end_register();
    sent_to_ = target_;
    ++cseq_;
    const auto from = '<' + identity_ + ">;tag=" + tag_;
    const auto proxy = uri_of(*sent_to_);
    const auto registrar = "sip:" + use_.domain;
    say("registering target=" + sent_to_->to_string());
    registration_ = nua_handle(nua_, nullptr, SIPTAG_TO_STR(identity_.c_str()), TAG_END());
    nua_method(
        registration_,
        NUTAG_METHOD("REGISTER"),
        NUTAG_URL(registrar.c_str()),
        NUTAG_PROXY(proxy.c_str()),
        SIPTAG_FROM_STR(from.c_str()),
        SIPTAG_CALL_ID_STR(call_id_.c_str()),
        SIPTAG_CSEQ_STR((std::to_string(cseq_) + " REGISTER").c_str()),
        SIPTAG_EXPIRES_STR(std::to_string(expires.count()).c_str()),
        TAG_END()
    );
}

void sofia_phone::end_register() {
    if (registration_ != nullptr) {
        nua_handle_destroy(registration_);
        registration_ = nullptr;
    }
}

void sofia_phone::register_answered(int status, const char* phrase, const sip_t* message) {
    if (status < 200) {
        return;
    }
    const auto outcome = outcome_of(status, message, nua_);
    end_register();
    if (stage_ != stage::running) {
        say("unregistered status=" + std::to_string(status));
        shut_down();
        return;
    }
    is_registered_ = status < 300;
    say((is_registered_ ? "registered target=" : "register-failed target=") +
        sent_to_->to_string() + " status=" + std::to_string(status) + " phrase=\"" + phrase + '"');
    if (!resolver::is_same_place(*sent_to_, *target_)) {
        // The REGISTER at the new target is on its way, or its timer runs.
    } else if (is_registered_) {
        failures_ = 0;
        register_after(granted(message, use_.expires) * 9 / 10);
    } else {
        // RFC 5626 4.5. A target that the session names meanwhile comes first.
        ++failures_;
        register_after(session_->registration_delay(failures_, resolver::flows_failed::all));
    }
    session_->report(*sent_to_, outcome);
    process_engine();
}

// --- calls --------------------------------------------------------------------------------------

void sofia_phone::incoming_call(nua_handle_t* handle, const sip_t* message) {
    const auto* call_id = message != nullptr ? message->sip_call_id : nullptr;
    say(std::string("incoming call-id=") + (call_id != nullptr ? call_id->i_id : "none"));
    nua_respond(
        handle,
        SIP_200_OK,
        SIPTAG_CONTENT_TYPE_STR("application/sdp"),
        SIPTAG_PAYLOAD_STR(answer_.c_str()),
        TAG_END()
    );
    calls_changed(1);
}

void sofia_phone::calls_changed(int difference) {
    calls_ = std::max(0, calls_ + difference);
    session_->set_busy(calls_ > 0 ? resolver::busy::yes : resolver::busy::no);
    process_engine();
}

// --- the end ------------------------------------------------------------------------------------

int sofia_phone::on_signal(sofia_phone*, su_wait_t*, sofia_phone* self) {
    signalfd_siginfo info;
    if (read(self->signals_, &info, sizeof info) == sizeof info && self->stage_ == stage::running) {
        self->stage_ = stage::unregistering;
        su_timer_reset(self->register_timer_);
        if (self->is_registered_) {
            self->send_register(std::chrono::seconds(0));  // RFC 3261 10.2.2
        } else {
            self->shut_down();
        }
    }
    return 0;
}

void sofia_phone::shut_down() {
    stage_ = stage::closing;
    nua_shutdown(nua_);
}

void sofia_phone::
    on_event(nua_event_t event, int status, const char* phrase, nua_t*, sofia_phone* self, nua_handle_t* handle, nua_hmagic_t*, const sip_t* message, tagi_t*) {
    switch (event) {
        case nua_r_method:
            // What a handle given up still hears is old news.
            if (handle == self->registration_) {
                self->register_answered(status, phrase, message);
            }
            break;
        case nua_r_shutdown:
            if (status >= 200) {
                su_root_break(self->root_);
            }
            break;
        case nua_i_invite:
            self->incoming_call(handle, message);
            break;
        case nua_i_terminated:
            say("call-ended");
            self->calls_changed(-1);
            break;
        default:
            break;
    }
}
