#!/bin/sh
# At the database's first start: the consent authority's user, who may read what is there and what is made later, and no more.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set password="$READER_PASSWORD" <<'SQL'
CREATE ROLE inscope_reader LOGIN PASSWORD :'password';
GRANT USAGE ON SCHEMA public TO inscope_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO inscope_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO inscope_reader;
SQL
