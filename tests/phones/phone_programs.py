"""The phones under test, each as one process on the phone side."""

import os

from lab import DNS, DOMAIN, PHONE
from registrar import PASSWORD

BARESIP_MODULES = "/usr/lib/baresip/modules"


class Phone:
    """A running phone of one user; its output is at hand when a test fails."""

    def __init__(self, user, process):
        self.user, self.process = user, process

    def end(self):
        """Asks it to leave; returns its exit code, None when it had to be killed."""
        return self.process.end(limit_s=5)

    def power_off(self):
        """As if its battery were taken out: nothing is unregistered."""
        self.process.kill()


def start_baresip(lab, user, *, module=None, settings=(), account="", password=PASSWORD):
    """Stock baresip of Debian; `module` adds ours, `settings` are further lines of its config."""
    directory = os.path.join(lab.directory, f"baresip-{user}")
    os.makedirs(directory, exist_ok=True)
    modules = ["module g711.so", "module aubridge.so", "module_app account.so", "module_app menu.so"]
    if module:
        # baresip puts module_path before every name, even an absolute one.
        modules.append(f"module_app {os.path.relpath(module, BARESIP_MODULES)}")
    lines = [
        f"module_path {BARESIP_MODULES}",
        *modules,
        "audio_player aubridge,nil",
        "audio_source aubridge,nil",
        "audio_alert aubridge,nil",
        *settings,
    ]
    write(directory, "config", lines)
    address = f"<sip:{user}@{DOMAIN}>;answermode=auto;auth_pass={password}"
    write(directory, "accounts", [address + (account or ";regint=3600")])
    return Phone(user, lab.start_on_phone_side(f"baresip-{user}", ["baresip", "-f", directory]))


def start_linphone(lab, user, *, transport="udp", expires_s=600):
    """Stock linphonec of Debian. It reads commands from a terminal, so `script` gives it one."""
    directory = os.path.join(lab.directory, f"linphone-{user}")
    os.makedirs(os.path.join(directory, ".local", "share", "linphone"), exist_ok=True)
    ports = {"udp": ("5070", "0"), "tcp": ("0", "5070")}[transport]
    suffix = ";transport=tcp" if transport == "tcp" else ""
    write(
        directory,
        "linphonerc",
        [
            "[sip]",
            f"sip_port={ports[0]}",
            f"sip_tcp_port={ports[1]}",
            "sip_tls_port=0",
            "default_proxy=0",
            "guess_hostname=1",
            "[proxy_0]",
            f"reg_proxy=<sip:{DOMAIN}{suffix}>",
            f"reg_identity=sip:{user}@{DOMAIN}",
            f"reg_expires={expires_s}",
            "reg_sendregister=1",
            "publish=0",
        ],
    )
    home = {"HOME": directory, "XDG_CONFIG_HOME": directory, "XDG_DATA_HOME": directory}
    command = f"exec linphonec -a -c {os.path.join(directory, 'linphonerc')} -d 4 -l {directory}/log"
    argv = ["script", "-qfec", command, os.path.join(directory, "typescript")]
    return Phone(user, lab.start_on_phone_side(f"linphone-{user}", argv, env=home))


def start_sofia(lab, program, user, *options):
    """The example phone on Sofia-SIP."""
    argv = [program, "--aor", f"sip:{user}@{DOMAIN}", "--listen", PHONE, *options]
    return Phone(user, lab.start_on_phone_side(f"sofia-{user}", argv))


def start_stub(lab, program, *options):
    """sipha-stub on the phone side, and every phone pointed at it."""
    argv = [program, "--listen", "127.0.0.1:53", "--domain", DOMAIN, "--server", DNS, *options]
    process = lab.start_on_phone_side("stub", argv)
    lab.use_dns("127.0.0.1")
    return process


def write(directory, name, lines):
    with open(os.path.join(directory, name), "w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in lines)
