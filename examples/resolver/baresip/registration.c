#include "examples/resolver/baresip/registration.h"

#include <errno.h>
#include <string.h>

/* What a registrar grants without saying (RFC 3261 10.2.1.1 leaves it to the registrar). */
enum { default_expires_s = 3600 };

struct registration {
    struct registration_options use;
    struct sip_request* request;
    struct sip_auth* auth;
    struct tmr deadline; /* of the request under way */
    struct tmr next;     /* the next request */
    char* next_hop;
    char* domain_uri;
    char* call_id;
    char* from_tag;
    uint32_t cseq;
    uint32_t expires_s;
    unsigned challenges; /* in a row */
    bool is_registered;
};

/* A server that goes on challenging does not know the password. */
enum { max_challenges = 2 };

static int send_request(struct registration* r);

static void finished(struct registration* r, const struct registration_result* result) {
    r->challenges = 0;
    tmr_cancel(&r->deadline);
    r->use.handler(result, r->use.arg);
}

static void deadline_passed(void* arg) {
    struct registration* r = arg;
    const struct registration_result silence = {.error = ETIMEDOUT};
    r->request = mem_deref(r->request);
    finished(r, &silence);
}

static void next_due(void* arg) {
    struct registration* r = arg;
    const int error = send_request(r);
    if (error) {
        const struct registration_result failure = {.error = error};
        finished(r, &failure);
    }
}

static int auth_handler(char** username, char** password, const char* realm, void* arg) {
    return account_auth(arg, username, password, realm);
}

static uint32_t seconds_of(
    const struct sip_msg* message, enum sip_hdrid header, uint32_t otherwise
) {
    const struct sip_hdr* found = sip_msg_hdr(message, header);
    return found ? pl_u32(&found->val) : otherwise;
}

struct granted {
    const char* user;
    uint32_t expires_s;
};

static bool is_our_contact(const struct sip_hdr* header, const struct sip_msg* message, void* arg) {
    struct granted* granted = arg;
    struct sip_addr contact;
    struct pl expires;
    (void)message;
    if (sip_addr_decode(&contact, &header->val) ||
        pl_strcmp(&contact.uri.user, granted->user) != 0) {
        return false;
    }
    if (!msg_param_decode(&contact.params, "expires", &expires)) {
        granted->expires_s = pl_u32(&expires);
    }
    return true;
}

/* RFC 3261 10.2.1.1: the registrar's choice counts, in the Contact or in Expires. */
static uint32_t granted_s(const struct registration* r, const struct sip_msg* message) {
    struct granted granted = {
        ua_local_cuser(r->use.ua),
        pl_isset(&message->expires) ? pl_u32(&message->expires) : default_expires_s};
    sip_msg_hdr_apply(message, true, SIP_HDR_CONTACT, is_our_contact, &granted);
    return granted.expires_s ? granted.expires_s : 1;
}

/* Another REGISTER may turn the refusal into a success. @returns true when one was sent. */
static bool answer_refusal(struct registration* r, const struct sip_msg* message) {
    uint32_t least;
    switch (message->scode) {
        case 401:
        case 407:
            sip_auth_reset(r->auth);
            if (++r->challenges > max_challenges || sip_auth_authenticate(r->auth, message)) {
                return false;
            }
            return send_request(r) == 0;
        case 423: /* RFC 3261 10.2.8 */
            least = seconds_of(message, SIP_HDR_MIN_EXPIRES, 0);
            if (least <= r->expires_s) {
                return false;
            }
            r->expires_s = least;
            return send_request(r) == 0;
        default:
            return false;
    }
}

static void response_handler(int error, const struct sip_msg* message, void* arg) {
    struct registration* r = arg;
    struct registration_result result = {.error = error};
    if (!error && message->scode < 200) {
        return;
    }
    if (!error) {
        result.status = message->scode;
        result.retry_after_s = seconds_of(message, SIP_HDR_RETRY_AFTER, 0);
        if (message->scode < 300) {
            r->is_registered = true;
            tmr_start(&r->next, (uint64_t)granted_s(r, message) * 900, next_due, r);
        } else if (answer_refusal(r, message)) {
            return;
        }
    }
    finished(r, &result);
}

static int contact_handler(
    enum sip_transp transport,
    const struct sa* source,
    const struct sa* target,
    struct mbuf* message,
    void* arg
) {
    const struct registration* r = arg;
    (void)target;
    return mbuf_printf(
        message,
        "Contact: <sip:%s@%J%s>;expires=%u\r\n",
        ua_local_cuser(r->use.ua),
        source,
        sip_transp_param(transport),
        r->expires_s
    );
}

static int send_request(struct registration* r) {
    const char* identity = account_aor(ua_account(r->use.ua));
    struct pl text;
    struct uri route;
    int error;
    pl_set_str(&text, r->next_hop);
    error = uri_decode(&route, &text);
    if (error) {
        return error;
    }
    /* libre repeats a request given up until 64*T1 have passed; the higher CSeq of the next one
       makes that harmless. */
    r->request = mem_deref(r->request);
    tmr_start(&r->deadline, r->use.timeout_ms, deadline_passed, r);
    return sip_requestf(
        &r->request,
        uag_sip(),
        true,
        "REGISTER",
        r->domain_uri,
        &route,
        r->auth,
        contact_handler,
        response_handler,
        r,
        "From: <%s>;tag=%s\r\n"
        "To: <%s>\r\n"
        "Call-ID: %s\r\n"
        "CSeq: %u REGISTER\r\n"
        "Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,NOTIFY,SUBSCRIBE,INFO,MESSAGE,UPDATE\r\n"
        "Content-Length: 0\r\n"
        "\r\n",
        identity,
        r->from_tag,
        identity,
        r->call_id,
        ++r->cseq
    );
}

static void destructor(void* arg) {
    struct registration* r = arg;
    tmr_cancel(&r->deadline);
    tmr_cancel(&r->next);
    mem_deref(r->request);
    mem_deref(r->auth);
    mem_deref(r->next_hop);
    mem_deref(r->domain_uri);
    mem_deref(r->call_id);
    mem_deref(r->from_tag);
}

int registration_alloc(
    struct registration** registration, const struct registration_options* options
) {
    struct registration* r;
    struct account* account = ua_account(options->ua);
    struct uri domain;
    int error;
    if (!account) {
        return EINVAL;
    }
    r = mem_zalloc(sizeof *r, destructor);
    if (!r) {
        return ENOMEM;
    }
    r->use = *options;
    r->expires_s = options->expires_s;
    tmr_init(&r->deadline);
    tmr_init(&r->next);
    domain = *account_luri(account);
    domain.user = domain.password = pl_null; /* RFC 3261 10.2: no user in the Request-URI */
    error = re_sdprintf(&r->domain_uri, "%H", uri_encode, &domain);
    error |= re_sdprintf(&r->call_id, "%016llx%016llx", rand_u64(), rand_u64());
    error |= re_sdprintf(&r->from_tag, "%016llx", rand_u64());
    error |= sip_auth_alloc(&r->auth, auth_handler, account, false);
    if (error) {
        mem_deref(r);
        return error;
    }
    *registration = r;
    return 0;
}

int registration_start(struct registration* r, const char* next_hop, uint32_t delay_ms) {
    char* copy = NULL;
    const int error = str_dup(&copy, next_hop);
    if (error) {
        return error;
    }
    mem_deref(r->next_hop);
    r->next_hop = copy;
    r->challenges = 0;
    registration_retry(r, delay_ms);
    return 0;
}

void registration_retry(struct registration* r, uint32_t delay_ms) {
    tmr_cancel(&r->deadline);
    r->request = mem_deref(r->request);
    tmr_start(&r->next, delay_ms, next_due, r);
}

void registration_remove(struct registration* r) {
    if (!r->is_registered) {
        return;
    }
    r->is_registered = false;
    r->expires_s = 0;
    tmr_cancel(&r->next);
    (void)send_request(r);
    tmr_cancel(&r->deadline);
}
