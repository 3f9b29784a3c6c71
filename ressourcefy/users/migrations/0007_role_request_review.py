"""What somebody was when asking for a role, and why a request was decided as it was."""

from django.db import migrations, models
from django.db.models import Q

ROLES = [
    ("USER", "User"),
    ("CONTRIBUTOR", "Contributor"),
    ("MODERATOR", "Moderator"),
    ("ADMIN", "Admin"),
    ("SUPERADMIN", "Superadmin"),
]

# Nobody could ask before, so these are few; what they were when asking is what they are.
HELD = """
UPDATE users_rolerequest AS request SET held_role = account.role
FROM users_user AS account WHERE account.id = request.user_id;
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0006_impersonation")]

    operations = [
        migrations.AddField(
            model_name="rolerequest",
            name="held_role",
            field=models.CharField(choices=ROLES, db_default="USER", default="USER", max_length=11),
        ),
        migrations.AddField(
            model_name="rolerequest",
            name="decision_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.RunSQL(HELD, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="rolerequest",
            constraint=models.CheckConstraint(
                condition=Q(("status", "pending"), _negated=True)
                | Q(
                    ("decided_at__isnull", True),
                    ("decided_by__isnull", True),
                    ("decision_reason", ""),
                ),
                name="role_request_pending_is_undecided",
            ),
        ),
    ]
