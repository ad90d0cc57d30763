/* A phone on libosip2 that registers and stays registered. osip2 builds, parses and repeats
   messages and leaves the transport to its user, so sockets, ICMP errors and the choice of the
   server are here: the choice is the session's, the rest is one connected UDP socket.

   Usage: sipha-example-osip2 AOR LOCAL-ADDRESS [DNS-SERVER]
   Prints one line for each registration, failure and move. Ends by SIGTERM or SIGINT. */
#include <sys/time.h>
#include <time.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osip2/osip.h>
#include <osipparser2/osip_parser.h>
#include <sipha/resolver.h>
#include <sipha/resolver/session.h>

enum { wanted_expires_s = 3600, most_dead = 8, request_size = 2048, message_size = 65536 };

struct phone {
    const char* aor;   /* "sip:alice@example.com" */
    const char* local; /* address to send from */
    osip_t* osip;
    sipha_session_t* session;
    sipha_candidate target;
    int fd;                      /* connected to the target, so that ICMP errors reach us; or -1 */
    osip_transaction_t* current; /* the REGISTER under way */
    osip_transaction_t* dead[most_dead]; /* ended; freed outside osip's loop */
    int64_t register_at_ms;              /* when to send the next REGISTER; -1: not planned */
    int64_t sent_at_ms;
    unsigned failures;
    unsigned cseq;
    uint64_t call; /* random: Call-ID and From tag */
};

static volatile sig_atomic_t is_stopped = 0;

static void on_signal(int number) {
    (void)number;
    is_stopped = 1;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t draw(void) {
    uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
        abort();
    }
    return number;
}

static void say(const struct phone* phone, const char* what) {
    printf("%s target=%s:%u\n", what, phone->target.address, (unsigned)phone->target.port);
    fflush(stdout);
}

static void bury(struct phone* phone, osip_transaction_t* ended) {
    int index;
    for (index = 0; index < most_dead && phone->dead[index] != NULL; ++index) {
        if (phone->dead[index] == ended) {
            return; /* given up here and ended by osip in the same turn */
        }
    }
    if (index < most_dead) {
        phone->dead[index] = ended;
    }
    if (phone->current == ended) {
        phone->current = NULL;
    }
}

/* Frees what has ended; not from inside a callback of osip, which walks its list there. */
static void free_dead(struct phone* phone) {
    int index;
    for (index = 0; index < most_dead; ++index) {
        if (phone->dead[index] != NULL) {
            osip_remove_transaction(phone->osip, phone->dead[index]);
            osip_transaction_free(phone->dead[index]);
            phone->dead[index] = NULL;
        }
    }
}

/* Tells the session; it answers with a callback when the target changes. */
static void report(struct phone* phone, uint32_t kind, uint32_t retry_after_s) {
    sipha_outcome outcome;
    memset(&outcome, 0, sizeof outcome);
    outcome.size = sizeof outcome;
    outcome.kind = kind;
    outcome.retry_after_s = retry_after_s;
    sipha_session_report(phone->session, &phone->target, &outcome);
}

/* A registration failed: the session may move at once, else the same target is tried again after
   the time of RFC 5626 4.5. */
static void fail(struct phone* phone, uint32_t kind, uint32_t retry_after_s) {
    ++phone->failures;
    phone->register_at_ms =
        now_ms() + sipha_session_registration_delay_ms(phone->session, phone->failures, 1);
    report(phone, kind, retry_after_s);
}

/* A socket bound to the local address, connected to the target. */
static int connect_to(const char* local, const sipha_candidate* target) {
    struct addrinfo hints;
    struct addrinfo* from = NULL;
    struct sockaddr_storage to;
    uint32_t length = sizeof to;
    int fd = -1;
    memset(&hints, 0, sizeof hints);
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_DGRAM;
    if (getaddrinfo(local, NULL, &hints, &from) != 0) {
        return -1;
    }
    fd = socket(from->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && (bind(fd, from->ai_addr, from->ai_addrlen) != 0 ||
                    sipha_sockaddr(target, &to, &length) != SIPHA_OK ||
                    connect(fd, (struct sockaddr*)&to, length) != 0)) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(from);
    return fd;
}

static void send_register(struct phone* phone) {
    char text[request_size];
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
    struct sockaddr_storage self;
    socklen_t length = sizeof self;
    osip_message_t* request = NULL;
    const char* domain = strchr(phone->aor, '@');
    const char* before = strchr(phone->local, ':') != NULL ? "[" : "";
    const char* after = *before != '\0' ? "]" : "";
    int written;
    if (domain == NULL || getsockname(phone->fd, (struct sockaddr*)&self, &length) != 0 ||
        getnameinfo(
            (struct sockaddr*)&self,
            length,
            host,
            sizeof host,
            port,
            sizeof port,
            NI_NUMERICHOST | NI_NUMERICSERV
        ) != 0) {
        return;
    }
    written = snprintf(
        text,
        sizeof text,
        "REGISTER sip:%s SIP/2.0\r\n"
        "Via: SIP/2.0/UDP %s%s%s:%s;rport;branch=z9hG4bK%016llx\r\n"
        "Max-Forwards: 70\r\nFrom: <%s>;tag=%016llx\r\nTo: <%s>\r\n"
        "Call-ID: %016llx\r\nCSeq: %u REGISTER\r\n"
        "Contact: <sip:%.*s@%s%s%s:%s>\r\nExpires: %d\r\nContent-Length: 0\r\n\r\n",
        domain + 1,
        before,
        host,
        after,
        port,
        (unsigned long long)draw(),
        phone->aor,
        (unsigned long long)phone->call,
        phone->aor,
        (unsigned long long)phone->call,
        ++phone->cseq,
        (int)(domain - phone->aor - 4),
        phone->aor + 4,
        before,
        host,
        after,
        port,
        wanted_expires_s
    );
    if (written < 0 || (size_t)written >= sizeof text || osip_message_init(&request) != 0) {
        return;
    }
    if (osip_message_parse(request, text, (size_t)written) != 0 ||
        osip_transaction_init(&phone->current, NICT, phone->osip, request) != 0) {
        osip_message_free(request);
        return;
    }
    osip_transaction_set_your_instance(phone->current, phone);
    osip_transaction_add_event(phone->current, osip_new_outgoing_sipmessage(request));
    phone->sent_at_ms = now_ms();
    phone->register_at_ms = -1;
}

/* The session chose: the next request goes there. */
static void on_state(void* user, sipha_session_t* session, const sipha_session_event* event) {
    struct phone* phone = user;
    const sipha_candidate* target = event->target;
    (void)session;
    if (target == NULL) {
        printf("stranded: %s\n", sipha_strerror(event->error));
        fflush(stdout);
        return;
    }
    if (phone->fd >= 0 && target->port == phone->target.port &&
        strcmp(target->address, phone->target.address) == 0 &&
        event->reason != SIPHA_NETWORK_CHANGED) {
        return;
    }
    if (phone->current != NULL) {
        bury(phone, phone->current);
    }
    if (phone->fd >= 0) {
        close(phone->fd);
    }
    phone->target = *target;
    phone->failures = 0;
    phone->register_at_ms = now_ms() + event->register_after_ms;
    phone->fd = connect_to(phone->local, target);
    say(phone, "chosen");
    if (phone->fd < 0) {
        fail(phone, SIPHA_OUTCOME_REFUSED, 0);
    }
}

/* osip wants a message sent. @returns 0, or -1 to end the transaction. */
static int on_send(
    osip_transaction_t* transaction, osip_message_t* message, char* host, int port, int socket
) {
    struct phone* phone = osip_transaction_get_your_instance(transaction);
    char* text = NULL;
    size_t length = 0;
    ssize_t sent = -1;
    (void)host;
    (void)port;
    (void)socket;
    if (transaction == phone->current && osip_message_to_str(message, &text, &length) == 0) {
        sent = send(phone->fd, text, length, MSG_NOSIGNAL);
        osip_free(text);
    }
    return sent < 0 ? -1 : 0;
}

static void on_send_failed(int type, osip_transaction_t* transaction, int error) {
    struct phone* phone = osip_transaction_get_your_instance(transaction);
    (void)type;
    (void)error;
    if (transaction == phone->current) {
        say(phone, "refused");
        fail(phone, SIPHA_OUTCOME_REFUSED, 0);
    }
}

static uint32_t retry_after_of(const osip_message_t* response) {
    osip_header_t* found = NULL;
    osip_message_header_get_byname(response, "retry-after", 0, &found);
    return found == NULL || found->hvalue == NULL ? 0 : (uint32_t)strtoul(found->hvalue, NULL, 10);
}

static void on_response(int type, osip_transaction_t* transaction, osip_message_t* response) {
    struct phone* phone = osip_transaction_get_your_instance(transaction);
    (void)type;
    if (transaction != phone->current) {
        return;
    }
    if (MSG_IS_STATUS_2XX(response)) {
        printf(
            "registered target=%s:%u took=%lldms\n",
            phone->target.address,
            (unsigned)phone->target.port,
            (long long)(now_ms() - phone->sent_at_ms)
        );
        fflush(stdout);
        phone->failures = 0;
        phone->register_at_ms = now_ms() + wanted_expires_s * 800; /* at 80 % of the time */
        report(phone, SIPHA_OUTCOME_OK, 0);
    } else if (response->status_code == 503) {
        say(phone, "unavailable");
        fail(phone, SIPHA_OUTCOME_UNAVAILABLE, retry_after_of(response));
    } else {
        printf("rejected target=%s status=%d\n", phone->target.address, response->status_code);
        fflush(stdout);
        fail(phone, SIPHA_OUTCOME_OK, 0); /* it lives and refuses the account */
    }
}

static void on_silence(int type, osip_transaction_t* transaction, osip_message_t* request) {
    struct phone* phone = osip_transaction_get_your_instance(transaction);
    (void)type;
    (void)request;
    if (transaction == phone->current) {
        say(phone, "silent");
        fail(phone, SIPHA_OUTCOME_TIMEOUT, 0);
    }
}

static void on_ended(int type, osip_transaction_t* transaction) {
    (void)type;
    bury(osip_transaction_get_your_instance(transaction), transaction);
}

/* Takes what arrived; an ICMP error shows as the error of the connected socket. */
static void receive(struct phone* phone) {
    static char buffer[message_size];
    const ssize_t length = recv(phone->fd, buffer, sizeof buffer - 1, 0);
    osip_event_t* event;
    if (length < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            if (phone->current != NULL) {
                bury(phone, phone->current);
            }
            say(phone, "refused");
            fail(phone, SIPHA_OUTCOME_REFUSED, 0);
        }
        return;
    }
    buffer[length] = '\0';
    event = osip_parse(buffer, (size_t)length);
    /* Requests are for a phone that takes calls: this one only registers. */
    if (event != NULL && osip_find_transaction_and_add_event(phone->osip, event) != 0) {
        osip_event_free(event);
    }
}

static int wait_ms(const struct phone* phone) {
    struct timeval timer;
    int64_t wait;
    osip_timers_gettimeout(phone->osip, &timer);
    wait = (int64_t)timer.tv_sec * 1000 + timer.tv_usec / 1000 + 1;
    if (phone->register_at_ms >= 0) {
        const int64_t left = phone->register_at_ms - now_ms();
        wait = left < wait ? left : wait;
    }
    return wait < 0 ? 0 : wait > 60000 ? 60000 : (int)wait;
}

static void run(struct phone* phone, sipha_t* resolver) {
    while (!is_stopped) {
        struct pollfd waiting[2];
        memset(waiting, 0, sizeof waiting);
        waiting[0].fd = sipha_fd(resolver);
        waiting[0].events = POLLIN;
        waiting[1].fd = phone->fd; /* a negative one is passed over */
        waiting[1].events = POLLIN;
        if (poll(waiting, 2, wait_ms(phone)) > 0) {
            if (waiting[1].revents != 0) {
                receive(phone);
            }
            if (waiting[0].revents != 0) {
                sipha_process(resolver);
            }
        }
        if (phone->register_at_ms >= 0 && phone->register_at_ms <= now_ms() && phone->fd >= 0 &&
            phone->current == NULL) {
            send_register(phone);
        }
        osip_timers_nict_execute(phone->osip);
        osip_nict_execute(phone->osip);
        free_dead(phone);
    }
}

static int open_session(struct phone* phone, sipha_t* resolver) {
    sipha_options lookup;
    sipha_session_options options;
    memset(&lookup, 0, sizeof lookup);
    lookup.size = sizeof lookup;
    lookup.transports[0] = SIPHA_UDP; /* the only one this phone speaks */
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.profile = SIPHA_PROFILE_FAST; /* one phone, wall power: no herd to spread */
    options.account = phone->aor;
    options.source = phone->local;
    options.lookup = &lookup;
    return sipha_session_open(resolver, phone->aor, &options, on_state, phone, &phone->session);
}

static int start_osip(struct phone* phone) {
    int type;
    if (osip_init(&phone->osip) != 0) {
        return -1;
    }
    osip_set_cb_send_message(phone->osip, on_send);
    for (type = OSIP_NICT_STATUS_2XX_RECEIVED; type <= OSIP_NICT_STATUS_6XX_RECEIVED; ++type) {
        osip_set_message_callback(phone->osip, type, on_response);
    }
    osip_set_message_callback(phone->osip, OSIP_NICT_STATUS_TIMEOUT, on_silence);
    osip_set_kill_transaction_callback(phone->osip, OSIP_NICT_KILL_TRANSACTION, on_ended);
    osip_set_transport_error_callback(phone->osip, OSIP_NICT_TRANSPORT_ERROR, on_send_failed);
    return 0;
}

int main(int count, char** arguments) {
    struct phone phone;
    sipha_t* resolver = NULL;
    sipha_config config;
    int32_t status;
    if (count < 3 || count > 4 || strncmp(arguments[1], "sip:", 4) != 0 ||
        strchr(arguments[1], '@') == NULL) {
        fprintf(stderr, "usage: %s sip:USER@DOMAIN LOCAL-ADDRESS [DNS-SERVER]\n", arguments[0]);
        return 2;
    }
    memset(&phone, 0, sizeof phone);
    phone.aor = arguments[1];
    phone.local = arguments[2];
    phone.fd = -1;
    phone.register_at_ms = -1;
    phone.call = draw();
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    config.servers = (const char* const*)&arguments[3];
    config.server_count = count == 4 ? 1 : 0;
    status = sipha_new(&config, &resolver);
    if (status != SIPHA_OK || start_osip(&phone) != 0 ||
        (status = open_session(&phone, resolver)) != SIPHA_OK) {
        fprintf(stderr, "%s\n", sipha_strerror(status));
        sipha_free(resolver);
        return 3;
    }
    signal(SIGTERM, on_signal);
    signal(SIGINT, on_signal);
    run(&phone, resolver);
    sipha_session_close(phone.session);
    sipha_free(resolver);
    if (phone.current != NULL) {
        bury(&phone, phone.current);
    }
    free_dead(&phone);
    osip_release(phone.osip);
    if (phone.fd >= 0) {
        close(phone.fd);
    }
    return 0;
}
