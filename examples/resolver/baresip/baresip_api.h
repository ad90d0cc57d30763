/**
 * @file
 * What the module calls inside baresip 1.0. Debian has no package with baresip's own header, but
 * the program exports these functions, so their declarations are all that is needed.
 */
#pragma once

#include <re.h>

struct account;
struct call;
struct conf;
struct ua;

/** Events are told apart by name (uag_event_str): their numbers change between versions. */
enum ua_event { UA_EVENT_ANY };

typedef void(ua_event_h)(
    struct ua* ua, enum ua_event event, struct call* call, const char* parameter, void* arg
);

struct conf* conf_cur(void);

struct list* uag_list(void);
struct sip* uag_sip(void);
const char* uag_event_str(enum ua_event event);
int uag_event_register(ua_event_h* handler, void* arg);
void uag_event_unregister(ua_event_h* handler);

struct account* ua_account(const struct ua* ua);
const char* ua_local_cuser(const struct ua* ua);
struct list* ua_calls(const struct ua* ua);

const char* account_aor(const struct account* account);
struct uri* account_luri(const struct account* account);
const char* account_outbound(const struct account* account, unsigned index);
uint32_t account_regint(const struct account* account);
int account_auth(
    const struct account* account, char** username, char** password, const char* realm
);
int account_set_outbound(struct account* account, const char* outbound, unsigned index);

void info(const char* format, ...);
void warning(const char* format, ...);
