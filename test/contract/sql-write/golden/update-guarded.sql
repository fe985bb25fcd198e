-- number int4[], id uuid[], caller uuid[], trace text[], version int4[], isbn text[], extra jsonb[]
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::int4[], $6::text[], $7::jsonb[]) q("$n", "$id", "$caller", "$trace", "$version", "isbn", "extra")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."title", t."isbn", t."price", t."copies", t."cost", t."hidden", t."extra"
from q join "books" t on t."id" = q."$id" and t."hidden" = 'false'::bool
order by t."id" for update of t skip locked
),
judged as materialized (
select q."$n", q."$caller", q."$trace", held."id", held."version", held."created_at", held."updated_at", held."title", held."isbn", held."price", held."copies", held."cost", held."hidden", held."extra", n."isbn" as "$set.isbn", n."extra" as "$set.extra", n."isbn" is not distinct from held."isbn" and n."extra" is not distinct from held."extra" as "$same", case when held."id" is null and exists (select 1 from "books" t where t."id" = q."$id" and t."hidden" = 'false'::bool offset 0) then array['busy'] when held."id" is null then array['missing'] when (held."price" < '100.00'::numeric) is not true then array['denied'] when held."version" <> q."$version" then array['stale'] when (n."price" < '100.00'::numeric) is not true then array['denied'] when octet_length(n."extra"::text) > 262144 then array['oversize', 'extra'] when exists (select 1 from "books" o where o."isbn" = n."isbn" and o."id" <> n."id" offset 0) then array['conflict'] end as "$fault"
from q left join held on held."$n" = q."$n"
cross join lateral (select held."id" as "id", held."version" + 1 as "version", held."created_at" as "created_at", now()::timestamptz(3) as "updated_at", held."title" as "title", q."isbn"::text collate "pg_c_utf8" as "isbn", held."price" as "price", held."copies" as "copies", held."cost" as "cost", held."hidden" as "hidden", "mettle"."merge_patch"(held."extra", q."extra")::jsonb as "extra") n
),
changed as (
update "books" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "isbn" = judged."$set.isbn", "extra" = judged."$set.extra"
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", judged."$caller", judged."$trace", new."id", new."version", new."created_at", new."updated_at", new."title", new."isbn", new."price", new."copies", new."cost", new."hidden", new."extra", old."isbn" as "$old.isbn", old."extra" as "$old.extra"
),
shown as materialized (
select r."$n", r."$caller", r."$trace", r."id" as "$id", r."version" as "$version",
  'books'::text as "$resource", 'books.updated'::text as "$type",
  true as "$asked", r."$changed" as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","title":' || to_json(r."title")::text || ',"isbn":' || to_json(r."isbn")::text || ',"price":"' || r."price"::text || '","copies":' || r."copies"::text || ',"cost":' || coalesce('"' || r."cost"::text || '"', 'null') || ',"hidden":' || r."hidden"::text || ',"extra":' || coalesce(r."extra"::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.isbn" is distinct from r."isbn" then '"isbn":' || to_json(r."$old.isbn")::text end, case when r."$old.extra" is distinct from r."extra" then '"extra":' || coalesce(r."$old.extra"::text, 'null') end) || '}' as "$before",
  case when r."hidden" = 'false'::bool then '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","title":' || to_json(r."title")::text || ',"isbn":' || to_json(r."isbn")::text || ',"price":"' || r."price"::text || '","copies":' || r."copies"::text || ',"hidden":' || r."hidden"::text || ',"extra":' || coalesce(r."extra"::text, 'null') || '}' end as "$body"
from (select true as "$changed", changed."$n", changed."$caller", changed."$trace", changed."id", changed."version", changed."created_at", changed."updated_at", changed."title", changed."isbn", changed."price", changed."copies", changed."cost", changed."hidden", changed."extra", changed."$old.isbn", changed."$old.extra" from changed
union all
select false, judged."$n", judged."$caller", judged."$trace", judged."id", judged."version", judged."created_at", judged."updated_at", judged."title", judged."isbn", judged."price", judged."copies", judged."cost", judged."hidden", judged."extra", judged."isbn", judged."extra" from judged where judged."$fault" is null and judged."$same") r
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
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::int4[], $6::text[], $7::jsonb[]) q("$n", "$id", "$caller", "$trace", "$version", "isbn", "extra")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."title", t."isbn", t."price", t."copies", t."cost", t."hidden", t."extra"
from q join "books" t on t."id" = q."$id" and t."hidden" = 'false'::bool
order by t."id" for update of t
),
judged as materialized (
select q."$n", q."$caller", q."$trace", held."id", held."version", held."created_at", held."updated_at", held."title", held."isbn", held."price", held."copies", held."cost", held."hidden", held."extra", n."isbn" as "$set.isbn", n."extra" as "$set.extra", n."isbn" is not distinct from held."isbn" and n."extra" is not distinct from held."extra" as "$same", case when held."id" is null then array['missing'] when (held."price" < '100.00'::numeric) is not true then array['denied'] when held."version" <> q."$version" then array['stale'] when (n."price" < '100.00'::numeric) is not true then array['denied'] when octet_length(n."extra"::text) > 262144 then array['oversize', 'extra'] end as "$fault"
from q left join held on held."$n" = q."$n"
cross join lateral (select held."id" as "id", held."version" + 1 as "version", held."created_at" as "created_at", now()::timestamptz(3) as "updated_at", held."title" as "title", q."isbn"::text collate "pg_c_utf8" as "isbn", held."price" as "price", held."copies" as "copies", held."cost" as "cost", held."hidden" as "hidden", "mettle"."merge_patch"(held."extra", q."extra")::jsonb as "extra") n
),
changed as (
update "books" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "isbn" = judged."$set.isbn", "extra" = judged."$set.extra"
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", judged."$caller", judged."$trace", new."id", new."version", new."created_at", new."updated_at", new."title", new."isbn", new."price", new."copies", new."cost", new."hidden", new."extra", old."isbn" as "$old.isbn", old."extra" as "$old.extra"
),
shown as materialized (
select r."$n", r."$caller", r."$trace", r."id" as "$id", r."version" as "$version",
  'books'::text as "$resource", 'books.updated'::text as "$type",
  true as "$asked", r."$changed" as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","title":' || to_json(r."title")::text || ',"isbn":' || to_json(r."isbn")::text || ',"price":"' || r."price"::text || '","copies":' || r."copies"::text || ',"cost":' || coalesce('"' || r."cost"::text || '"', 'null') || ',"hidden":' || r."hidden"::text || ',"extra":' || coalesce(r."extra"::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.isbn" is distinct from r."isbn" then '"isbn":' || to_json(r."$old.isbn")::text end, case when r."$old.extra" is distinct from r."extra" then '"extra":' || coalesce(r."$old.extra"::text, 'null') end) || '}' as "$before",
  case when r."hidden" = 'false'::bool then '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","title":' || to_json(r."title")::text || ',"isbn":' || to_json(r."isbn")::text || ',"price":"' || r."price"::text || '","copies":' || r."copies"::text || ',"hidden":' || r."hidden"::text || ',"extra":' || coalesce(r."extra"::text, 'null') || '}' end as "$body"
from (select true as "$changed", changed."$n", changed."$caller", changed."$trace", changed."id", changed."version", changed."created_at", changed."updated_at", changed."title", changed."isbn", changed."price", changed."copies", changed."cost", changed."hidden", changed."extra", changed."$old.isbn", changed."$old.extra" from changed
union all
select false, judged."$n", judged."$caller", judged."$trace", judged."id", judged."version", judged."created_at", judged."updated_at", judged."title", judged."isbn", judged."price", judged."copies", judged."cost", judged."hidden", judged."extra", judged."isbn", judged."extra" from judged where judged."$fault" is null and judged."$same") r
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], shown."$body", shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"
