#!/usr/bin/env python3
"""The baresip module beyond the criteria: passwords, refusals, its own calls, its configuration.

Usage: baresip_module_test.py --build DIR [PART-OF-A-NAME...]
"""

import argparse
import json
import os
import socket
import sys
import unittest

import lab

CTRL_PORT = 4444  # of baresip's ctrl_tcp


class Module(unittest.TestCase):
    build = None

    @classmethod
    def setUpClass(cls):
        cls.stage = Stage()
        cls.registrar = cls.stage.registrar

    @classmethod
    def tearDownClass(cls):
        cls.stage.close()

    def setUp(self):
        self.stage.reset()
        self.phones = []

    def tearDown(self):
        for phone in self.phones:
            phone.power_off()

    def start(self, *settings, account=";regint=0", **options):
        module = os.path.join(self.build, "examples", "resolver", "baresip", "sipha.so")
        phone = start_baresip(
            self.stage.lab,
            self.stage.next_user(),
            module=module,
            settings=["sipha_profile fast", "sipha_transports udp", *settings],
            account=account,
            **options,
        )
        self.phones.append(phone)
        return phone

    def wait_for_output(self, phone, text):
        wait_until(lambda: text in phone.process.output(), 3, f"baresip says '{text}'")

    def statuses(self, phone):
        return [entry.status for entry in self.registrar.sent_by(phone.user)]

    def test_a_challenge_is_answered_with_the_password(self):
        self.registrar.set_mode(Mode.CHALLENGING, *lab.SERVERS)
        began = now()
        phone = self.start()
        self.registrar.wait_registered(phone.user, began, 3)
        self.assertEqual(self.statuses(phone), [401, 200])

    def test_a_wrong_password_is_not_tried_for_ever(self):
        self.registrar.set_mode(Mode.CHALLENGING, *lab.SERVERS)
        phone = self.start(password="wrong")
        self.wait_for_output(phone, ": 401")
        asked = len(self.statuses(phone))
        self.assertLessEqual(asked, 3)
        # RFC 5626 4.5: the next attempt waits for half a minute or more.
        quiet_until = now() + 1
        wait_until(lambda: now() > quiet_until, 3, "a second passes")
        self.assertEqual(len(self.statuses(phone)), asked)

    def test_a_lifetime_too_brief_is_asked_for_longer(self):
        self.registrar.set_mode(Mode.BRIEF, *lab.SERVERS)
        began = now()
        phone = self.start("sipha_expires 60")
        entry = self.registrar.wait_registered(phone.user, began, 3)
        self.assertEqual(self.statuses(phone), [423, 200])
        self.assertIn(";expires=7200", entry.contact)

    def test_every_register_has_one_call_id_and_a_higher_cseq(self):
        self.registrar.grant_s = 1
        began = now()
        phone = self.start()
        wait_until(lambda: len(self.registrar.accepted(phone.user, began)) > 2, 6, "two refreshes")
        sent = self.registrar.sent_by(phone.user)
        self.assertEqual(len({entry.call_id for entry in sent}), 1)
        self.assertEqual([entry.cseq for entry in sent], sorted({entry.cseq for entry in sent}))

    def test_calls_of_the_user_go_to_the_server_in_use(self):
        began = now()
        phone = self.start("module_app ctrl_tcp.so", f"ctrl_tcp_listen 127.0.0.1:{CTRL_PORT}")
        first = self.registrar.wait_registered(phone.user, began, 3).server
        self.dial()
        self.wait_for_invite(first)
        broken = self.stage.fail("port closed, FIN", first)
        second = self.registrar.wait_registered(phone.user, broken, 3).server
        self.dial()
        self.wait_for_invite(second)

    def dial(self):
        command = json.dumps({"command": "dial", "params": f"sip:someone@{lab.DOMAIN}"})
        control = self.stage.lab.on_phone_side(lambda: socket.create_connection(("127.0.0.1", CTRL_PORT)))
        with control:
            control.sendall(f"{len(command)}:{command},".encode())
            control.recv(4096)

    def wait_for_invite(self, server):
        count = self.registrar.counts
        wait_until(lambda: count.get((server, "INVITE")), 3, f"an INVITE at {server}")

    def test_an_account_that_baresip_registers_is_left_alone(self):
        phone = self.start(account=";regint=600")
        self.wait_for_output(phone, "left alone: baresip registers it; set ;regint=0")

    def test_settings_that_cannot_be_used_are_named(self):
        phone = self.start(
            "sipha_expires 0",
            "sipha_register_timeout 1",
            "sipha_hold_down 3600001",
            *(f"sipha_dns_server 192.0.2.{number}" for number in range(1, 6)),
        )
        self.wait_for_output(phone, "sipha_expires 0 is not within 1..86400")
        self.wait_for_output(phone, "sipha_register_timeout 1 is not within 500..32000")
        self.wait_for_output(phone, "sipha_hold_down 3600001 is not within 0..3600000")
        self.wait_for_output(phone, "sipha_dns_server 192.0.2.5 left out: at most 4")

    def test_a_dns_server_of_the_configuration_is_used(self):
        self.stage.lab.use_dns("192.0.2.99")
        try:
            began = now()
            phone = self.start(f"sipha_dns_server {lab.DNS}:53")
            self.registrar.wait_registered(phone.user, began, 3)
        finally:
            self.stage.lab.use_dns(lab.DNS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", required=True)
    use, rest = parser.parse_known_args()
    Module.build = os.path.abspath(use.build)
    sys.exit(run_share(Module, rest))


if __name__ == "__main__":
    lab.enter(parts=2, phones=("baresip",))
    from phone_programs import start_baresip
    from processes import wait_until
    from registrar import Mode
    from stage import Stage, now, run_share

    main()
