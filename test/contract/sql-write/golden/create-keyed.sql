-- number int4[], id uuid[], caller uuid[], trace text[], key text[], keyHash text[], title text[], isbn text[], price numeric[]
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::numeric[]) q("$n", "$id", "$caller", "$trace", "$key", "$hash", "title", "isbn", "price")
),
stored as materialized (
select q."$n", i."hash" = q."$hash" as "$same", case when i."hash" = q."$hash" then i."body" end as "$body", case when i."hash" = q."$hash" then i."row" end as "$row", case when i."hash" = q."$hash" then i."version" end as "$version"
from q join "mettle"."idempotency" i on i."caller" = coalesce(q."$caller"::text, '')
  and i."operation" = 'books.create' and i."key" = q."$key"
),
judged as materialized (
select q."$n", q."$caller", q."$trace", q."$key", q."$hash", n."id", n."version", n."created_at", n."updated_at", n."title", n."isbn", n."price", n."copies", n."cost", n."hidden", n."extra", stored."$body", stored."$version", case when stored."$same" then array['replayed', stored."$row"::text] when not stored."$same" then array['mismatch'] end as "$fault"
from q left join stored on stored."$n" = q."$n" cross join lateral (select q."$id" as "id", 1 as "version", now()::timestamptz(3) as "created_at", now()::timestamptz(3) as "updated_at", q."title"::text collate "pg_c_utf8" as "title", q."isbn"::text collate "pg_c_utf8" as "isbn", q."price"::numeric as "price", '1'::int4 as "copies", null::numeric as "cost", 'false'::bool as "hidden", null::jsonb as "extra") n
),
changed as (
insert into "books" ("id", "version", "created_at", "updated_at", "title", "isbn", "price", "copies", "cost", "hidden", "extra")
select judged."id", judged."version", judged."created_at", judged."updated_at", judged."title", judged."isbn", judged."price", judged."copies", judged."cost", judged."hidden", judged."extra" from judged where judged."$fault" is null
on conflict do nothing
returning "id", "version", "created_at", "updated_at", "title", "isbn", "price", "copies", "cost", "hidden", "extra"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", r."id" as "$id", r."version" as "$version",
  'books'::text as "$resource", 'books.created'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","title":' || to_json(r."title")::text || ',"isbn":' || to_json(r."isbn")::text || ',"price":"' || r."price"::text || '","copies":' || r."copies"::text || ',"cost":' || coalesce('"' || r."cost"::text || '"', 'null') || ',"hidden":' || r."hidden"::text || ',"extra":' || coalesce(r."extra"::text, 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from changed r join judged on judged."id" = r."id"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
),
answered as (
insert into "mettle"."idempotency" ("caller", "operation", "key", "hash", "status", "body", "row", "version")
select coalesce(shown."$caller"::text, ''), 'books.create', shown."$key", shown."$hash", 201, shown."$data", shown."$id", shown."$version"
from shown where shown."$asked"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], coalesce(shown."$data", judged."$body"), coalesce(shown."$version", judged."$version")
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- waiting
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::numeric[]) q("$n", "$id", "$caller", "$trace", "$key", "$hash", "title", "isbn", "price")
),
stored as materialized (
select q."$n", i."hash" = q."$hash" as "$same", case when i."hash" = q."$hash" then i."body" end as "$body", case when i."hash" = q."$hash" then i."row" end as "$row", case when i."hash" = q."$hash" then i."version" end as "$version"
from q join "mettle"."idempotency" i on i."caller" = coalesce(q."$caller"::text, '')
  and i."operation" = 'books.create' and i."key" = q."$key"
),
judged as materialized (
select q."$n", q."$caller", q."$trace", q."$key", q."$hash", n."id", n."version", n."created_at", n."updated_at", n."title", n."isbn", n."price", n."copies", n."cost", n."hidden", n."extra", stored."$body", stored."$version", case when stored."$same" then array['replayed', stored."$row"::text] when not stored."$same" then array['mismatch'] end as "$fault"
from q left join stored on stored."$n" = q."$n" cross join lateral (select q."$id" as "id", 1 as "version", now()::timestamptz(3) as "created_at", now()::timestamptz(3) as "updated_at", q."title"::text collate "pg_c_utf8" as "title", q."isbn"::text collate "pg_c_utf8" as "isbn", q."price"::numeric as "price", '1'::int4 as "copies", null::numeric as "cost", 'false'::bool as "hidden", null::jsonb as "extra") n
),
changed as (
insert into "books" ("id", "version", "created_at", "updated_at", "title", "isbn", "price", "copies", "cost", "hidden", "extra")
select judged."id", judged."version", judged."created_at", judged."updated_at", judged."title", judged."isbn", judged."price", judged."copies", judged."cost", judged."hidden", judged."extra" from judged where judged."$fault" is null
returning "id", "version", "created_at", "updated_at", "title", "isbn", "price", "copies", "cost", "hidden", "extra"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", r."id" as "$id", r."version" as "$version",
  'books'::text as "$resource", 'books.created'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","title":' || to_json(r."title")::text || ',"isbn":' || to_json(r."isbn")::text || ',"price":"' || r."price"::text || '","copies":' || r."copies"::text || ',"cost":' || coalesce('"' || r."cost"::text || '"', 'null') || ',"hidden":' || r."hidden"::text || ',"extra":' || coalesce(r."extra"::text, 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from changed r join judged on judged."id" = r."id"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
),
answered as (
insert into "mettle"."idempotency" ("caller", "operation", "key", "hash", "status", "body", "row", "version")
select coalesce(shown."$caller"::text, ''), 'books.create', shown."$key", shown."$hash", 201, shown."$data", shown."$id", shown."$version"
from shown where shown."$asked"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], coalesce(shown."$data", judged."$body"), coalesce(shown."$version", judged."$version")
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"
