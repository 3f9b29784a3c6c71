"""What the product pays for a password; other tests use a cheaper hasher."""

from django.test import SimpleTestCase

from core.hashers import Argon2Hasher


class Argon2HasherTests(SimpleTestCase):
    def test_is_argon2id_with_19_mib_two_passes_and_one_lane(self) -> None:
        hasher = Argon2Hasher()

        encoded = hasher.encode("a password", hasher.salt())

        self.assertRegex(encoded, r"^argon2\$argon2id\$v=19\$m=19456,t=2,p=1\$")
        self.assertTrue(hasher.verify("a password", encoded))
        self.assertFalse(hasher.verify("another password", encoded))
        self.assertFalse(hasher.must_update(encoded))
