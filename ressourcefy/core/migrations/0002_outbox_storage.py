"""How PostgreSQL keeps the outbox: its rows change twice each, so dead ones are cleared early."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE core_outboxevent SET ("
            "autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 20000, "
            "autovacuum_analyze_scale_factor = 0.01, autovacuum_analyze_threshold = 50000)",
            "ALTER TABLE core_outboxevent RESET ("
            "autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, "
            "autovacuum_analyze_scale_factor, autovacuum_analyze_threshold)",
        )
    ]
