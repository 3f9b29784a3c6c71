"""Tags in the administration: made, renamed and merged."""

from api.tests.test_admin.base import AdminTestCase, address
from audit.models import AuditLog
from core.models import Tag
from resources.tests.factories import make_resource
from users.tests.factories import make_tag, make_user
from users.types import Role


class TagTests(AdminTestCase):
    def test_a_tag_is_made(self) -> None:
        admin = make_user(role=Role.ADMIN)

        response = self.send(self.browser(admin), address(Tag, "add"), {"name": " C++ "})

        tag = Tag.objects.get()
        self.assertEqual(response.headers["Location"], address(Tag))
        self.assertEqual((tag.name, tag.slug), ("C++", "c"))
        self.assertEqual(AuditLog.objects.get(object_id=str(tag.pk)).actor, admin)

    def test_the_answer_to_a_new_tag_leads_to_it(self) -> None:
        browser = self.browser(make_user(role=Role.ADMIN))

        response = self.send(browser, address(Tag, "add"), {"name": "New", "_continue": "1"})

        tag = Tag.objects.get()
        self.assertEqual(response.headers["Location"], address(Tag, "change", tag.pk))

    def test_a_tag_is_renamed_and_its_slug_follows(self) -> None:
        browser, tag = self.browser(make_user(role=Role.ADMIN)), make_tag("Algebra")

        self.send(browser, address(Tag, "change", tag.pk), {"name": "Algebra I", "_save": "1"})

        fresh = self.fresh(tag)
        self.assertEqual((fresh.name, fresh.slug), ("Algebra I", "algebra-i"))
        entry = AuditLog.objects.get(object_id=str(tag.pk))
        self.assertEqual(entry.before_state, {"name": "Algebra", "slug": "algebra"})
        self.assertEqual(entry.after_state, {"name": "Algebra I", "slug": "algebra-i"})

    def test_a_name_that_is_taken_is_refused_in_words(self) -> None:
        browser, tag = self.browser(make_user(role=Role.ADMIN)), make_tag("Algebra")
        make_tag("Geometry")

        for path in (address(Tag, "add"), address(Tag, "change", tag.pk)):
            with self.subTest(path):
                self.send(browser, path, {"name": "Geometry", "_save": "1"})

                self.assertIn("There is a tag of this name already.", self.said(browser))
        self.assertEqual(Tag.objects.count(), 2)
        self.assertEqual(self.fresh(tag).name, "Algebra")

    def test_a_tag_is_merged_into_another(self) -> None:
        admin = make_user(role=Role.ADMIN)
        browser, source, target = self.browser(admin), make_tag("Maths"), make_tag("Mathematics")
        resource = make_resource()
        resource.tags.set([source, target])

        led = self.act_on_page(browser, "merge", source)
        response = self.send(browser, led.headers["Location"], {"target": str(target.pk)})

        self.assertEqual(response.headers["Location"], address(Tag, "change", source.pk))
        self.assertEqual(list(resource.tags.all()), [target])
        self.assertTrue(self.fresh(source).is_deleted)
        self.assertIn("Merged: 1 resources and 0 interests", self.said(browser))
        entry = AuditLog.objects.get(object_id=str(source.pk))
        self.assertEqual((entry.action, entry.actor), ("DELETE", admin))

    def test_a_merge_that_makes_no_sense_is_refused_in_words(self) -> None:
        browser, tag, gone = self.browser(make_user(role=Role.ADMIN)), make_tag(), make_tag()
        gone.delete()
        for source, target, words in (
            (tag, tag, "cannot be merged into itself"),
            (tag, gone, "not one of the available choices"),
            (gone, tag, "Tag not found"),
        ):
            with self.subTest(words):
                path = address(Tag, "merge", source.pk)
                page = self.send(browser, path, {"target": str(target.pk)}).content.decode()

                self.assertIn(words, page)
        self.assertFalse(self.fresh(tag).is_deleted)

    def test_a_merge_is_for_administrators(self) -> None:
        tag, target = make_tag(), make_tag()
        path = address(Tag, "merge", tag.pk)
        for role in (Role.USER, Role.MODERATOR):
            with self.subTest(role):
                browser = self.browser()
                self.sneak_in(browser, make_user(role=role))

                response = self.send(browser, path, {"target": str(target.pk)})

                self.assertIn("/admin/login/", response.headers["Location"])
        self.assertFalse(self.fresh(tag).is_deleted)
