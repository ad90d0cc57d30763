"""The example phones that use the resolver library, started as the criteria need them."""

import os
from dataclasses import dataclass, field

from phone_programs import start_baresip, start_sofia


@dataclass
class Figures:
    """How a phone is set up. Times in ms; the rest of its profile stays as it is."""

    transports: tuple = ("udp",)
    profile: str = "fast"
    hold_down: int = 2000
    # Nothing random in what is measured.
    failback_jitter: int = 0
    herd_spread: int = 0
    expires_s: int = 3600
    further: dict = field(default_factory=dict)


def baresip_with_module(stage, build, user, figures):
    settings = [
        f"sipha_transports {','.join(figures.transports)}",
        f"sipha_profile {figures.profile}",
        f"sipha_expires {figures.expires_s}",
        f"sipha_hold_down {figures.hold_down}",
        f"sipha_failback_jitter {figures.failback_jitter}",
        f"sipha_herd_spread {figures.herd_spread}",
    ]
    module = os.path.join(build, "examples", "resolver", "baresip", "sipha.so")
    return start_baresip(stage.lab, user, module=module, settings=settings, account=";regint=0")


def sofia_with_session(stage, build, user, figures):
    program = os.path.join(build, "examples", "resolver", "sofia", "sipha-sofia-phone")
    return start_sofia(
        stage.lab,
        program,
        user,
        *("--transports", ",".join(figures.transports)),
        *("--profile", figures.profile),
        *("--expires", str(figures.expires_s)),
        *("--hold-down", str(figures.hold_down)),
        *("--failback-jitter", str(figures.failback_jitter)),
        *("--herd-spread", str(figures.herd_spread)),
    )


PHONES = {"baresip": baresip_with_module, "sofia": sofia_with_session}
