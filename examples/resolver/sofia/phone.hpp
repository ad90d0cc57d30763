#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#define SU_ROOT_MAGIC_T class sofia_phone
#define SU_TIMER_ARG_T class sofia_phone
#define SU_WAKEUP_ARG_T class sofia_phone
#define NUA_MAGIC_T class sofia_phone
#include <sofia-sip/nua.h>
#include <sofia-sip/su_wait.h>

#include <sipha/resolver/engine.hpp>
#include <sipha/resolver/session.hpp>

/// What the phone is told on its command line.
struct phone_settings {
    std::string user;
    std::string domain;
    /// Local address of SIP, probes and DNS questions.
    sipha::resolver::address listen;
    sipha::resolver::engine_options dns;
    sipha::resolver::session_options session;
    std::chrono::seconds expires{3600};
    /// Silence after which a REGISTER is given up.
    std::chrono::milliseconds register_timeout{3500};
};

/// A phone on Sofia-SIP's NUA that registers where its resolver session points, answers calls, and
/// follows the session when a server dies. Everything runs in Sofia's loop on one thread: the
/// engine's descriptor is one more wait object, its timeout one more timer.
///
/// REGISTER is sent with nua_method. nua_register would keep to the connection it once used,
/// whatever the next hop, and to leave its handle removes the binding: a removal that an old server
/// gets late takes the new binding away. Here each REGISTER has the same Call-ID and a higher CSeq,
/// so that a registrar throws away what arrives late (RFC 3261 10.3, step 7).
class sofia_phone {
  public:
    /// @throws std::runtime_error when Sofia cannot open the local address.
    explicit sofia_phone(phone_settings use);
    ~sofia_phone();
    sofia_phone(const sofia_phone&) = delete;
    sofia_phone& operator=(const sofia_phone&) = delete;

    /// Runs until SIGTERM or SIGINT; removes the registration before it returns.
    void run();

  private:
    enum class stage : std::uint8_t { running, unregistering, closing };

    // Sofia calls these; each finds the phone in its magic argument.
    static void on_event(
        nua_event_t event,
        int status,
        const char* phrase,
        nua_t* nua,
        sofia_phone* self,
        nua_handle_t* handle,
        nua_hmagic_t* none,
        const sip_t* message,
        tagi_t tags[]
    );
    static int on_engine(sofia_phone* self, su_wait_t* wait, sofia_phone* same);
    static int on_signal(sofia_phone* self, su_wait_t* wait, sofia_phone* same);
    static void on_engine_due(sofia_phone* self, su_timer_t* timer, sofia_phone* same);
    static void on_register_due(sofia_phone* self, su_timer_t* timer, sofia_phone* same);

    void watch(int descriptor, su_wakeup_f callback);
    void process_engine();
    void session_changed(const sipha::resolver::session_event& event);
    void register_after(std::chrono::milliseconds wait);
    void send_register(std::chrono::seconds expires);
    void end_register();
    void register_answered(int status, const char* phrase, const sip_t* message);
    void incoming_call(nua_handle_t* handle, const sip_t* message);
    void calls_changed(int difference);
    void shut_down();

    phone_settings use_;
    std::string identity_;
    std::string answer_;  ///< SDP
    std::string call_id_;
    std::string tag_;
    unsigned cseq_ = 0;
    su_root_t* root_ = nullptr;
    nua_t* nua_ = nullptr;
    nua_handle_t* registration_ = nullptr;  ///< of the REGISTER under way
    su_timer_t* engine_timer_ = nullptr;
    su_timer_t* register_timer_ = nullptr;
    std::vector<int> watched_;  ///< registrations of descriptors in the loop
    int signals_ = -1;
    stage stage_ = stage::running;
    bool is_registered_ = false;
    unsigned failures_ = 0;
    int calls_ = 0;
    std::optional<sipha::resolver::candidate> target_;
    std::optional<sipha::resolver::candidate> sent_to_;  ///< where the last REGISTER went
    // The session goes before the engine.
    std::unique_ptr<sipha::resolver::engine> engine_;
    std::unique_ptr<sipha::resolver::session> session_;
};
