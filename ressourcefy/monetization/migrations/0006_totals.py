"""Totals of subscriptions, and of the money that was kept, by currency."""

from django.db import migrations

SUBSCRIPTIONS = """
LOCK TABLE monetization_subscription IN SHARE ROW EXCLUSIVE MODE;

CREATE FUNCTION monetization_tally_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO core_tally (name, number)
    VALUES ('subscriptions/all', CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END);
    RETURN NULL;
END $$;
CREATE TRIGGER subscription_tally
    AFTER INSERT OR DELETE ON monetization_subscription FOR EACH ROW
    EXECUTE FUNCTION monetization_tally_subscription();

INSERT INTO core_tally (name, number)
SELECT 'subscriptions/all', count(*) FROM monetization_subscription HAVING count(*) > 0;
"""

SUBSCRIPTIONS_REVERSE = """
DROP TRIGGER subscription_tally ON monetization_subscription;
DROP FUNCTION monetization_tally_subscription();
DELETE FROM core_tally WHERE name LIKE 'subscriptions/%';
"""

# A payment counts once it is completed, with what was not given back; rows never go.
REVENUE = """
LOCK TABLE monetization_payment IN SHARE ROW EXCLUSIVE MODE;

CREATE FUNCTION monetization_kept(status text, amount_cents integer, amount_refunded integer)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN status IN ('completed', 'refunded')
        THEN amount_cents::bigint - amount_refunded ELSE 0 END
$$;

CREATE FUNCTION monetization_tally_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept bigint := monetization_kept(NEW.status, NEW.amount_cents, NEW.amount_refunded);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        kept := kept - monetization_kept(OLD.status, OLD.amount_cents, OLD.amount_refunded);
    END IF;
    IF kept <> 0 THEN
        INSERT INTO core_tally (name, number) VALUES ('revenue/' || NEW.currency, kept);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payment_tally_added
    AFTER INSERT ON monetization_payment FOR EACH ROW
    EXECUTE FUNCTION monetization_tally_payment();
CREATE TRIGGER payment_tally_changed
    AFTER UPDATE ON monetization_payment FOR EACH ROW
    WHEN ((OLD.status, OLD.amount_refunded) IS DISTINCT FROM (NEW.status, NEW.amount_refunded))
    EXECUTE FUNCTION monetization_tally_payment();

INSERT INTO core_tally (name, number)
SELECT 'revenue/' || currency, sum(monetization_kept(status, amount_cents, amount_refunded))
FROM monetization_payment GROUP BY 1;
"""

REVENUE_REVERSE = """
DROP TRIGGER payment_tally_added ON monetization_payment;
DROP TRIGGER payment_tally_changed ON monetization_payment;
DROP FUNCTION monetization_tally_payment();
DROP FUNCTION monetization_kept(text, integer, integer);
DELETE FROM core_tally WHERE name LIKE 'revenue/%';
"""


class Migration(migrations.Migration):
    dependencies = [("monetization", "0005_webhooks_that_wait"), ("core", "0005_tally")]

    operations = [
        migrations.RunSQL(SUBSCRIPTIONS, SUBSCRIPTIONS_REVERSE),
        migrations.RunSQL(REVENUE, REVENUE_REVERSE),
    ]
