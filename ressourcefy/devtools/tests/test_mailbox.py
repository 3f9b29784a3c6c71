"""Reading the mails that the file-based mailer wrote."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from unittest import TestCase

from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.filebased import EmailBackend

from devtools.mailbox import find_mail, mails_in


def make_mail(
    subject: str = "Hello", *, html: str = "", date: str = "Mon, 02 Feb 2026 10:00:00 -0000"
) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject,
        "Text of the mail:\nhttps://example.org/?token=" + "x" * 100 + "\n",
        "no-reply@example.org",
        ["reader@example.org"],
        headers={"Date": date},
    )
    if html:
        mail.attach_alternative(html, "text/html")
    return mail


class MailboxTests(TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def send(self, *mails: EmailMultiAlternatives) -> None:
        """As one process would: into one file."""
        mailer = EmailBackend(alias="default", file_path=str(self.directory))
        for mail in mails:
            mailer.send_messages([mail])

    def test_is_empty_before_the_first_mail(self) -> None:
        self.assertEqual(mails_in(self.directory), [])
        self.assertEqual(mails_in(self.directory / "nowhere"), [])

    def test_reads_what_a_mail_says(self) -> None:
        self.send(make_mail("Grüße – 你好", html="<p>Long line of HTML</p>" * 20))

        (mail,) = mails_in(self.directory)

        self.assertEqual(mail.subject, "Grüße – 你好")
        self.assertEqual(mail.to, "reader@example.org")
        self.assertEqual(mail.sender, "no-reply@example.org")
        self.assertEqual(mail.sent_at, datetime(2026, 2, 2, 10, tzinfo=UTC))
        self.assertIn("https://example.org/?token=" + "x" * 100, mail.text)
        self.assertEqual(mail.html.strip(), "<p>Long line of HTML</p>" * 20)

    def test_shows_the_newest_mail_first_whatever_its_file(self) -> None:
        self.send(
            make_mail("second", date="Mon, 02 Feb 2026 11:00:00 +0000"),
            make_mail("third", date="Mon, 02 Feb 2026 11:00:00 +0000"),
        )
        self.send(make_mail("first"), make_mail("last", date="Mon, 02 Feb 2026 12:00:00 +0000"))

        subjects = [mail.subject for mail in mails_in(self.directory)]

        self.assertEqual(subjects, ["last", "third", "second", "first"])

    def test_waits_for_the_end_of_a_mail_that_is_being_written(self) -> None:
        self.send(make_mail("whole"), make_mail("half"))
        (path,) = self.directory.iterdir()
        path.write_bytes(path.read_bytes()[:-40])

        subjects = [mail.subject for mail in mails_in(self.directory)]

        self.assertEqual(subjects, ["whole"])

    def test_shows_a_mail_without_a_date(self) -> None:
        (self.directory / "20260202-100000-1.log").write_bytes(
            b"Subject: bare\n\nText\n" + b"-" * 79 + b"\n"
        )

        (mail,) = mails_in(self.directory)

        self.assertEqual((mail.subject, mail.to, mail.html), ("bare", "", ""))

    def test_passes_over_other_files(self) -> None:
        (self.directory / "notes.txt").write_text("Subject: no\n\n" + "-" * 79 + "\n")

        self.assertEqual(mails_in(self.directory), [])

    def test_finds_a_mail_by_its_name_and_nothing_by_any_other(self) -> None:
        self.send(make_mail("one"), make_mail("two"))
        (path,) = self.directory.iterdir()
        (self.directory.parent / "20260202-100000-1.log").unlink(missing_ok=True)

        found = find_mail(self.directory, file=path.name, number=1)

        self.assertEqual(found and found.subject, "two")
        for file, number in ((path.name, 2), ("20260202-100000-1.log", 0), (f"../{path.name}", 0)):
            self.assertIsNone(find_mail(self.directory, file=file, number=number))
