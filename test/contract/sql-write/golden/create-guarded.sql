-- number int4[], id uuid[], caller uuid[], trace text[], loan uuid[], book uuid[]
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[]) q("$n", "$id", "$caller", "$trace", "loan_id", "book_id")
),
judged as materialized (
select q."$n", q."$caller", q."$trace", n."id", n."version", n."created_at", n."updated_at", n."loan_id", n."book_id", n."instead_id", case when not exists (select 1 from "loans" p where p."id" = n."loan_id" and p."member_id" = q."$caller" offset 0) then array['reference', 'loan'] when not exists (select 1 from "books" p where p."id" = n."book_id" and p."hidden" = 'false'::bool offset 0) then array['reference', 'book'] end as "$fault"
from q cross join lateral (select q."$id" as "id", 1 as "version", now()::timestamptz(3) as "created_at", now()::timestamptz(3) as "updated_at", q."loan_id"::uuid as "loan_id", q."book_id"::uuid as "book_id", null::uuid as "instead_id") n
),
changed as (
insert into "items" ("id", "version", "created_at", "updated_at", "loan_id", "book_id", "instead_id")
select judged."id", judged."version", judged."created_at", judged."updated_at", judged."loan_id", judged."book_id", judged."instead_id" from judged where judged."$fault" is null
on conflict do nothing
returning "id", "version", "created_at", "updated_at", "loan_id", "book_id", "instead_id"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'items'::text as "$resource", 'items.created'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","loan":"' || r."loan_id"::text || '","book":"' || r."book_id"::text || '","instead":' || coalesce('"' || r."instead_id"::text || '"', 'null') || '}' as "$data", null::text as "$before",
  case when exists (select 1 from "loans" rp where rp."id" = r."loan_id" and rp."member_id" = judged."$caller" offset 0) then '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","loan":"' || r."loan_id"::text || '","book":"' || r."book_id"::text || '","instead":' || coalesce('"' || r."instead_id"::text || '"', 'null') || '}' end as "$body"
from changed r join judged on judged."id" = r."id"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], shown."$body", shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- waiting
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[]) q("$n", "$id", "$caller", "$trace", "loan_id", "book_id")
),
judged as materialized (
select q."$n", q."$caller", q."$trace", n."id", n."version", n."created_at", n."updated_at", n."loan_id", n."book_id", n."instead_id", case when not exists (select 1 from "loans" p where p."id" = n."loan_id" and p."member_id" = q."$caller" offset 0) then array['reference', 'loan'] when not exists (select 1 from "books" p where p."id" = n."book_id" and p."hidden" = 'false'::bool offset 0) then array['reference', 'book'] end as "$fault"
from q cross join lateral (select q."$id" as "id", 1 as "version", now()::timestamptz(3) as "created_at", now()::timestamptz(3) as "updated_at", q."loan_id"::uuid as "loan_id", q."book_id"::uuid as "book_id", null::uuid as "instead_id") n
),
changed as (
insert into "items" ("id", "version", "created_at", "updated_at", "loan_id", "book_id", "instead_id")
select judged."id", judged."version", judged."created_at", judged."updated_at", judged."loan_id", judged."book_id", judged."instead_id" from judged where judged."$fault" is null
returning "id", "version", "created_at", "updated_at", "loan_id", "book_id", "instead_id"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'items'::text as "$resource", 'items.created'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","loan":"' || r."loan_id"::text || '","book":"' || r."book_id"::text || '","instead":' || coalesce('"' || r."instead_id"::text || '"', 'null') || '}' as "$data", null::text as "$before",
  case when exists (select 1 from "loans" rp where rp."id" = r."loan_id" and rp."member_id" = judged."$caller" offset 0) then '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","loan":"' || r."loan_id"::text || '","book":"' || r."book_id"::text || '","instead":' || coalesce('"' || r."instead_id"::text || '"', 'null') || '}' end as "$body"
from changed r join judged on judged."id" = r."id"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], shown."$body", shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- lone
with changed as (
insert into "items" ("id", "version", "created_at", "updated_at", "loan_id", "book_id", "instead_id")
select n."id", n."version", n."created_at", n."updated_at", n."loan_id", n."book_id", n."instead_id" from (select $1::int4 as "$n", $2::uuid as "$id", $3::uuid as "$caller", $4::text as "$trace", $5::uuid as "loan_id", $6::uuid as "book_id") q cross join lateral (select q."$id" as "id", 1 as "version", now()::timestamptz(3) as "created_at", now()::timestamptz(3) as "updated_at", q."loan_id"::uuid as "loan_id", q."book_id"::uuid as "book_id", null::uuid as "instead_id") n where ((not exists (select 1 from "loans" p where p."id" = n."loan_id" and p."member_id" = q."$caller" offset 0) or not exists (select 1 from "books" p where p."id" = n."book_id" and p."hidden" = 'false'::bool offset 0))) is not true
on conflict do nothing
returning "id", "version", "created_at", "updated_at", "loan_id", "book_id", "instead_id"
),
shown as materialized (
select q."$n", q."$caller", q."$trace", r."id" as "$id", r."version" as "$version",
  'items'::text as "$resource", 'items.created'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","loan":"' || r."loan_id"::text || '","book":"' || r."book_id"::text || '","instead":' || coalesce('"' || r."instead_id"::text || '"', 'null') || '}' as "$data", null::text as "$before",
  case when exists (select 1 from "loans" rp where rp."id" = r."loan_id" and rp."member_id" = q."$caller" offset 0) then '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","loan":"' || r."loan_id"::text || '","book":"' || r."book_id"::text || '","instead":' || coalesce('"' || r."instead_id"::text || '"', 'null') || '}' end as "$body"
from changed r cross join (select $1::int4 as "$n", $2::uuid as "$id", $3::uuid as "$caller", $4::text as "$trace", $5::uuid as "loan_id", $6::uuid as "book_id") q
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select 0, 'done', null::text, shown."$body", shown."$version" from shown
