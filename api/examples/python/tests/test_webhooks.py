"""Webhooks by Standard Webhooks 1.0."""

from __future__ import annotations

import base64
import unittest

from socrate_documents import InvalidSignature, verify
from socrate_documents.webhooks import signature

#: The example of the specification's own libraries.
SECRET, IDENTIFIER, TIMESTAMP, BODY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"another secret of 24 bytes").decode()


class Verifying(unittest.TestCase):
    """What is signed is believed, and nothing else."""

    def verified(self, body: bytes = BODY, secrets: str | list[str] = SECRET, now: float = TIMESTAMP, **headers: str | None) -> dict[str, object]:
        given = {"Webhook-Id": IDENTIFIER, "webhook-timestamp": str(TIMESTAMP), "WEBHOOK-SIGNATURE": SIGNATURE}
        named = {name.lower(): name for name in given}
        for name, value in headers.items():
            header = named[name.replace("_", "-")]
            given.pop(header)
            if value is not None:
                given[header] = value
        return verify(body, given, secrets, now=now)

    def test_the_example_of_the_specification_is_right(self) -> None:
        self.assertEqual(self.verified(), {"test": 2432232314})
        self.assertEqual(signature(SECRET, IDENTIFIER, str(TIMESTAMP), BODY), SIGNATURE)

    def test_a_signature_of_either_secret_will_do_while_they_are_rotated(self) -> None:
        self.assertTrue(self.verified(secrets=[OTHER, SECRET]))
        other = signature(OTHER, IDENTIFIER, str(TIMESTAMP), BODY)
        self.assertTrue(self.verified(webhook_signature=f"v1a,xyz {other} {SIGNATURE}"))
        self.assertTrue(self.verified(secrets=OTHER, webhook_signature=f"{SIGNATURE} {other}"))

    def test_what_was_changed_is_not_believed(self) -> None:
        for changed in [
            {"body": BODY + b" "},
            {"secrets": OTHER},
            {"secrets": []},
            {"webhook_id": "msg_other"},
            {"webhook_timestamp": str(TIMESTAMP + 1)},
            {"webhook_timestamp": "soon"},
            {"webhook_timestamp": "-1"},
            {"webhook_signature": ""},
            {"webhook_signature": SIGNATURE.removeprefix("v1,")},
            {"webhook_signature": "v2" + SIGNATURE[2:]},
            {"webhook_signature": "v1a" + SIGNATURE[2:]},
            {"webhook_signature": "è"},
            {"webhook_id": None},
            {"webhook_timestamp": None},
            {"webhook_signature": None},
        ]:
            with self.assertRaises(InvalidSignature, msg=str(changed)):
                self.verified(**changed)  # type: ignore[arg-type]

    def test_what_is_old_or_of_the_future_is_not_believed(self) -> None:
        for seconds, is_believed in ((300, True), (-300, True), (301, False), (-301, False)):
            if is_believed:
                self.assertTrue(self.verified(now=TIMESTAMP + seconds))
            else:
                with self.assertRaises(InvalidSignature):
                    self.verified(now=TIMESTAMP + seconds)

    def test_a_secret_that_is_none_is_said_to_be_none(self) -> None:
        for secret in ("whsec_", "", "whsec_***", "whsec_è"):
            with self.assertRaises(ValueError):
                self.verified(secrets=secret)

    def test_what_is_signed_and_no_message_is_none(self) -> None:
        for body in (b"[]", b"x", b"\xff"):
            with self.assertRaises(InvalidSignature):
                self.verified(body=body, webhook_signature=signature(SECRET, IDENTIFIER, str(TIMESTAMP), body))
