/**
 * @file
 * A baresip module that keeps each account registered at a live server.
 *
 * The sipha resolver finds the servers (RFC 3263), watches the one in use and says when to move;
 * the module registers there and points the account's calls at it. The library is drained in
 * baresip's own loop: one descriptor, no thread.
 */
#include "examples/resolver/baresip/baresip_api.h"

#include <sipha/resolver.h>
#include <sipha/resolver/session.h>
#include <string.h>

#include "examples/resolver/baresip/registration.h"
#include "examples/resolver/baresip/settings.h"

/** One account with what it owns. */
struct line {
    struct le le;
    struct ua* ua;
    sipha_session_t* session;
    struct registration* registration;
    sipha_candidate target; /* where REGISTER went last; valid when has_target */
    bool has_target;
    uint32_t failures; /* REGISTERs that failed in a row */
};

static struct settings use;
static sipha_t* resolver;
static struct list lines;

static void line_destructor(void* arg) {
    struct line* line = arg;
    list_unlink(&line->le);
    sipha_session_close(line->session);
    mem_deref(line->registration);
}

static const char* transport_name(uint32_t transport) {
    return transport == SIPHA_TCP ? "tcp" : "udp";
}

/* "sip:192.0.2.1:5060;transport=udp": a numeric URI, so that libre asks no DNS of its own. */
static int target_uri(char* uri, size_t size, const sipha_candidate* target) {
    const bool is_v6 = target->family == 6;
    return re_snprintf(
               uri,
               size,
               "sip:%s%s%s:%u;transport=%s",
               is_v6 ? "[" : "",
               target->address,
               is_v6 ? "]" : "",
               target->port,
               transport_name(target->transport)
           ) < 0
               ? ENOMEM
               : 0;
}

static void use_target(struct line* line, const sipha_candidate* target, uint32_t delay_ms) {
    struct account* account = ua_account(line->ua);
    char uri[SIPHA_ADDRESS_SIZE + 32];
    int error = target_uri(uri, sizeof uri, target);
    line->target = *target;
    line->has_target = true;
    /* Calls follow: baresip makes a Route of it and adds ;lr by itself. */
    error = error ? error : account_set_outbound(account, uri, 0);
    error = error ? error : registration_start(line->registration, uri, delay_ms);
    if (error) {
        warning("sipha: %s: cannot use %s: %m\n", account_aor(account), uri, error);
    }
}

static const char* reason_text(uint32_t reason) {
    switch (reason) {
        case SIPHA_LOCATED:
            return "located";
        case SIPHA_ALIVE:
            return "alive";
        case SIPHA_REFUSED:
            return "the last one refused";
        case SIPHA_SILENT:
            return "the last one is silent";
        case SIPHA_RESET:
            return "the last one closed its connection";
        case SIPHA_UNAVAILABLE:
            return "the last one said 503";
        case SIPHA_REMOVED_FROM_DNS:
            return "the last one left the DNS";
        case SIPHA_NETWORK_CHANGED:
            return "the network changed";
        case SIPHA_FAILBACK:
            return "a better one is back";
        case SIPHA_DNS_STALE:
            return "the DNS is dead";
        case SIPHA_DNS_RECOVERED:
            return "the DNS answers again";
        default:
            return "changed";
    }
}

static bool is_same_place(const sipha_candidate* left, const sipha_candidate* right) {
    return left->transport == right->transport && left->port == right->port &&
           left->family == right->family &&
           memcmp(left->octets, right->octets, sizeof left->octets) == 0;
}

static void on_session(void* arg, sipha_session_t* session, const sipha_session_event* event) {
    struct line* line = arg;
    const char* aor = account_aor(ua_account(line->ua));
    const sipha_candidate* target = event->target;
    bool is_new;
    (void)session;
    if (!target) {
        warning("sipha: %s: no server: %s\n", aor, sipha_strerror(event->error));
        return;
    }
    info(
        "sipha: %s: server %s:%s:%u, %s%s\n",
        aor,
        transport_name(target->transport),
        target->address,
        target->port,
        reason_text(event->reason),
        event->is_stale ? " (stale: last-known addresses)" : ""
    );
    is_new = !line->has_target || !is_same_place(&line->target, target);
    if (is_new || event->reason == SIPHA_NETWORK_CHANGED) {
        line->failures = 0;
        use_target(line, target, event->register_after_ms);
    }
}

static sipha_outcome outcome_of(const struct registration_result* result) {
    sipha_outcome outcome = {.size = sizeof outcome};
    switch (result->error) {
        case 0:
            outcome.kind = result->status == 503 ? SIPHA_OUTCOME_UNAVAILABLE : SIPHA_OUTCOME_OK;
            outcome.retry_after_s = result->retry_after_s;
            break;
        case ETIMEDOUT:
            outcome.kind = SIPHA_OUTCOME_TIMEOUT;
            break;
        case ECONNRESET:
        case ECONNABORTED:
        case EPIPE:
            outcome.kind = SIPHA_OUTCOME_RESET;
            break;
        default:
            outcome.kind = SIPHA_OUTCOME_REFUSED;
            break;
    }
    return outcome;
}

static void on_registration(const struct registration_result* result, void* arg) {
    struct line* line = arg;
    const char* aor = account_aor(ua_account(line->ua));
    const sipha_outcome outcome = outcome_of(result);
    const bool is_accepted = result->error == 0 && result->status < 300;
    if (is_accepted) {
        info("sipha: %s: registered at %s\n", aor, line->target.address);
        line->failures = 0;
    } else if (result->error) {
        warning("sipha: %s: REGISTER at %s: %m\n", aor, line->target.address, result->error);
    } else {
        warning("sipha: %s: REGISTER at %s: %u\n", aor, line->target.address, result->status);
    }
    if (!is_accepted) {
        /* RFC 5626 4.5. A target that the session names meanwhile takes the place of this. */
        const int32_t wait_ms =
            sipha_session_registration_delay_ms(line->session, ++line->failures, 1);
        registration_retry(line->registration, wait_ms > 0 ? (uint32_t)wait_ms : 0);
    }
    sipha_session_report(line->session, &line->target, &outcome);
}

static void on_readable(int flags, void* arg) {
    const int32_t status = sipha_process(resolver);
    (void)flags;
    (void)arg;
    if (status != SIPHA_OK) {
        warning("sipha: %s\n", sipha_strerror(status));
    }
}

static struct line* find_line(const struct ua* ua) {
    struct le* le;
    for (le = lines.head; le; le = le->next) {
        struct line* line = le->data;
        if (line->ua == ua) {
            return line;
        }
    }
    return NULL;
}

static void shut_down(void) {
    struct le* le;
    for (le = lines.head; le; le = le->next) {
        registration_remove(((struct line*)le->data)->registration);
    }
    list_flush(&lines);
    if (resolver) {
        fd_close(sipha_fd(resolver));
        sipha_free(resolver);
        resolver = NULL;
    }
}

static void on_event(
    struct ua* ua, enum ua_event event, struct call* call, const char* parameter, void* arg
) {
    const char* name = uag_event_str(event);
    struct line* line = find_line(ua);
    (void)call;
    (void)parameter;
    (void)arg;
    if (str_casecmp(name, "SHUTDOWN") == 0) {
        /* The SIP stack goes before the modules do. */
        shut_down();
    } else if (line && strncmp(name, "CALL_", 5) == 0) {
        /* A call that ends is still in the list while its event runs. */
        const uint32_t ending = str_casecmp(name, "CALL_CLOSED") == 0 ? 1 : 0;
        sipha_session_set_busy(line->session, list_count(ua_calls(ua)) > ending);
    }
}

static int locate_uri(char** uri, struct account* account) {
    const char* outbound = account_outbound(account, 0);
    struct uri domain = *account_luri(account);
    if (outbound) {
        return str_dup(uri, outbound);
    }
    domain.user = domain.password = pl_null;
    return re_sdprintf(uri, "%H", uri_encode, &domain);
}

static int open_session(struct line* line, const char* uri) {
    struct account* account = ua_account(line->ua);
    sipha_session_options options = use.session;
    int32_t status;
    options.account = account_aor(account);
    options.lookup = &use.lookup;
    status = sipha_session_open(resolver, uri, &options, on_session, line, &line->session);
    if (status != SIPHA_OK) {
        warning("sipha: %s: %s\n", account_aor(account), sipha_strerror(status));
        return status == SIPHA_ENOMEM ? ENOMEM : EINVAL;
    }
    return 0;
}

static int line_open(struct ua* ua) {
    struct line* line = mem_zalloc(sizeof *line, line_destructor);
    struct registration_options options;
    char* uri = NULL;
    int error;
    if (!line) {
        return ENOMEM;
    }
    list_append(&lines, &line->le, line);
    line->ua = ua;
    options.ua = ua;
    options.expires_s = use.expires_s;
    options.timeout_ms = use.register_timeout_ms;
    options.handler = on_registration;
    options.arg = line;
    error = registration_alloc(&line->registration, &options);
    error = error ? error : locate_uri(&uri, ua_account(ua));
    error = error ? error : open_session(line, uri);
    mem_deref(uri);
    if (error) {
        mem_deref(line);
    }
    return error;
}

static int open_resolver(void) {
    const char* servers[max_dns_servers];
    sipha_config config = {.size = sizeof config};
    int32_t status;
    uint32_t i;
    for (i = 0; i < use.dns_server_count; ++i) {
        servers[i] = use.dns_servers[i];
    }
    config.servers = servers;
    config.server_count = use.dns_server_count;
    status = sipha_new(&config, &resolver);
    if (status != SIPHA_OK) {
        warning("sipha: %s\n", sipha_strerror(status));
        return status == SIPHA_ENOMEM ? ENOMEM : EINVAL;
    }
    return fd_listen(sipha_fd(resolver), FD_READ, on_readable, NULL);
}

static int module_init(void) {
    struct le* le;
    int error;
    settings_read(&use);
    error = open_resolver();
    if (error) {
        return error;
    }
    error = uag_event_register(on_event, NULL);
    for (le = list_head(uag_list()); le && !error; le = le->next) {
        struct account* account = ua_account(le->data);
        if (account_regint(account) != 0) {
            warning(
                "sipha: %s left alone: baresip registers it; set ;regint=0 in its account\n",
                account_aor(account)
            );
            continue;
        }
        error = line_open(le->data);
    }
    return error;
}

static int module_close(void) {
    uag_event_unregister(on_event);
    shut_down();
    return 0;
}

/* libre looks this name up; everything else stays inside. */
__attribute__((visibility("default")))
const struct mod_export exports = {"sipha", "application", module_init, module_close};
