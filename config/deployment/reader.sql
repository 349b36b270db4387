-- What the consent authority's database user may: read what is there and what is made later, and no more.
-- In the server's database, once there are the users `inscope`, who owns it, and `inscope_reader`; again in each new database
-- that a backup is restored into, for rights lie in the database and not in its backup:
--   runuser -u postgres -- psql --dbname inscope < config/deployment/reader.sql
-- The authority asks of consents, consent_versions, patient_questions, patient_visits and patient_links. Whoever grants these alone,
-- and not the key halves beside them, does so after `inscope migrate`, and reads each release's changelog for another.
GRANT USAGE ON SCHEMA public TO inscope_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO inscope_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE inscope IN SCHEMA public GRANT SELECT ON TABLES TO inscope_reader;
