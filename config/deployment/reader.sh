#!/bin/sh
# At the database's first start in a container: the consent authority's user. What it may read, reader.sql says, which runs next.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set password="$READER_PASSWORD" <<'SQL'
CREATE ROLE inscope_reader LOGIN PASSWORD :'password';
SQL
