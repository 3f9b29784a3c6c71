-- What the application's role may do: everything with rows, nothing with tables, and no change to
-- what was promised to stay. `manage.py migrate` runs this after each migration as the owner, with
-- the name of the role in place; to see it at work: psql -v app=ressourcefy_app -f privileges.sql

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM :"app";
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"app";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM :"app";

GRANT USAGE ON SCHEMA public TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"app";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"app";

-- Which migrations ran is the owner's business.
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM :"app";

-- The audit log and the versions of resources only grow.
REVOKE UPDATE, DELETE ON audit_auditlog, resources_resourceversion FROM :"app";

-- The ledger only grows as well; what may change is how a payment or refund stands.
REVOKE UPDATE, DELETE ON monetization_payment, monetization_refund FROM :"app";
GRANT UPDATE (
    updated_at, status, payment_intent, charge, amount_refunded, dispute_status, subscription_id,
    receipt_url
) ON monetization_payment TO :"app";
GRANT UPDATE (updated_at, status, stripe_refund_id) ON monetization_refund TO :"app";
