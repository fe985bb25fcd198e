-- number int4[], id uuid[], caller uuid[], trace text[], version int4[], title text[], copies int4[]
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::int4[], $6::text[], $7::int4[]) q("$n", "$id", "$caller", "$trace", "$version", "title", "copies")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."title", t."isbn", t."price", t."copies", t."cost", t."hidden", t."extra"
from q join "books" t on t."id" = q."$id"
order by t."id" for no key update of t skip locked
),
judged as materialized (
select q."$n", q."$caller", q."$trace", held."id", held."version", held."created_at", held."updated_at", held."title", held."isbn", held."price", held."copies", held."cost", held."hidden", held."extra", n."title" as "$set.title", n."copies" as "$set.copies", n."title" is not distinct from held."title" and n."copies" is not distinct from held."copies" as "$same", case when held."id" is null and exists (select 1 from "books" t where t."id" = q."$id" offset 0) then array['busy'] when held."id" is null then array['missing'] when held."version" <> q."$version" then array['stale'] end as "$fault"
from q left join held on held."$n" = q."$n"
cross join lateral (select held."id" as "id", held."version" + 1 as "version", held."created_at" as "created_at", now()::timestamptz(3) as "updated_at", q."title"::text collate "pg_c_utf8" as "title", held."isbn" as "isbn", held."price" as "price", q."copies"::int4 as "copies", held."cost" as "cost", held."hidden" as "hidden", held."extra" as "extra") n
),
changed as (
update "books" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "title" = judged."$set.title", "copies" = judged."$set.copies"
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", judged."$caller", judged."$trace", new."id", new."version", new."created_at", new."updated_at", new."title", new."isbn", new."price", new."copies", new."cost", new."hidden", new."extra", old."title" as "$old.title", old."copies" as "$old.copies"
),
shown as materialized (
select r."$n", r."$caller", r."$trace", r."id" as "$id", r."version" as "$version",
  'books'::text as "$resource", 'books.updated'::text as "$type",
  true as "$asked", r."$changed" as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","title":' || to_json(r."title")::text || ',"isbn":' || to_json(r."isbn")::text || ',"price":"' || r."price"::text || '","copies":' || r."copies"::text || ',"cost":' || coalesce('"' || r."cost"::text || '"', 'null') || ',"hidden":' || r."hidden"::text || ',"extra":' || coalesce(r."extra"::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.title" is distinct from r."title" then '"title":' || to_json(r."$old.title")::text end, case when r."$old.copies" is distinct from r."copies" then '"copies":' || r."$old.copies"::text end) || '}' as "$before",
  null::text as "$body"
from (select true as "$changed", changed."$n", changed."$caller", changed."$trace", changed."id", changed."version", changed."created_at", changed."updated_at", changed."title", changed."isbn", changed."price", changed."copies", changed."cost", changed."hidden", changed."extra", changed."$old.title", changed."$old.copies" from changed
union all
select false, judged."$n", judged."$caller", judged."$trace", judged."id", judged."version", judged."created_at", judged."updated_at", judged."title", judged."isbn", judged."price", judged."copies", judged."cost", judged."hidden", judged."extra", judged."title", judged."copies" from judged where judged."$fault" is null and judged."$same") r
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], shown."$data", shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- waiting
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::int4[], $6::text[], $7::int4[]) q("$n", "$id", "$caller", "$trace", "$version", "title", "copies")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."title", t."isbn", t."price", t."copies", t."cost", t."hidden", t."extra"
from q join "books" t on t."id" = q."$id"
order by t."id" for no key update of t
),
judged as materialized (
select q."$n", q."$caller", q."$trace", held."id", held."version", held."created_at", held."updated_at", held."title", held."isbn", held."price", held."copies", held."cost", held."hidden", held."extra", n."title" as "$set.title", n."copies" as "$set.copies", n."title" is not distinct from held."title" and n."copies" is not distinct from held."copies" as "$same", case when held."id" is null then array['missing'] when held."version" <> q."$version" then array['stale'] end as "$fault"
from q left join held on held."$n" = q."$n"
cross join lateral (select held."id" as "id", held."version" + 1 as "version", held."created_at" as "created_at", now()::timestamptz(3) as "updated_at", q."title"::text collate "pg_c_utf8" as "title", held."isbn" as "isbn", held."price" as "price", q."copies"::int4 as "copies", held."cost" as "cost", held."hidden" as "hidden", held."extra" as "extra") n
),
changed as (
update "books" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "title" = judged."$set.title", "copies" = judged."$set.copies"
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", judged."$caller", judged."$trace", new."id", new."version", new."created_at", new."updated_at", new."title", new."isbn", new."price", new."copies", new."cost", new."hidden", new."extra", old."title" as "$old.title", old."copies" as "$old.copies"
),
shown as materialized (
select r."$n", r."$caller", r."$trace", r."id" as "$id", r."version" as "$version",
  'books'::text as "$resource", 'books.updated'::text as "$type",
  true as "$asked", r."$changed" as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","title":' || to_json(r."title")::text || ',"isbn":' || to_json(r."isbn")::text || ',"price":"' || r."price"::text || '","copies":' || r."copies"::text || ',"cost":' || coalesce('"' || r."cost"::text || '"', 'null') || ',"hidden":' || r."hidden"::text || ',"extra":' || coalesce(r."extra"::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.title" is distinct from r."title" then '"title":' || to_json(r."$old.title")::text end, case when r."$old.copies" is distinct from r."copies" then '"copies":' || r."$old.copies"::text end) || '}' as "$before",
  null::text as "$body"
from (select true as "$changed", changed."$n", changed."$caller", changed."$trace", changed."id", changed."version", changed."created_at", changed."updated_at", changed."title", changed."isbn", changed."price", changed."copies", changed."cost", changed."hidden", changed."extra", changed."$old.title", changed."$old.copies" from changed
union all
select false, judged."$n", judged."$caller", judged."$trace", judged."id", judged."version", judged."created_at", judged."updated_at", judged."title", judged."isbn", judged."price", judged."copies", judged."cost", judged."hidden", judged."extra", judged."title", judged."copies" from judged where judged."$fault" is null and judged."$same") r
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], shown."$data", shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- lone
with changed as (
update "books" held set "version" = held."version" + 1, "updated_at" = now()::timestamptz(3), "title" = q."title"::text collate "pg_c_utf8", "copies" = q."copies"::int4
from (select $1::int4 as "$n", $2::uuid as "$id", $3::uuid as "$caller", $4::text as "$trace", $5::int4 as "$version", $6::text as "title", $7::int4 as "copies") q where held."id" = (select held."id" from "books" held where held."id" = q."$id" and held."version" = q."$version" and (held."title" is distinct from q."title"::text collate "pg_c_utf8" or held."copies" is distinct from q."copies"::int4)
for no key update of held skip locked)
returning new."id", new."version", new."created_at", new."updated_at", new."title", new."isbn", new."price", new."copies", new."cost", new."hidden", new."extra", old."title" as "$old.title", old."copies" as "$old.copies"
),
shown as materialized (
select q."$n", q."$caller", q."$trace", r."id" as "$id", r."version" as "$version",
  'books'::text as "$resource", 'books.updated'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","title":' || to_json(r."title")::text || ',"isbn":' || to_json(r."isbn")::text || ',"price":"' || r."price"::text || '","copies":' || r."copies"::text || ',"cost":' || coalesce('"' || r."cost"::text || '"', 'null') || ',"hidden":' || r."hidden"::text || ',"extra":' || coalesce(r."extra"::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.title" is distinct from r."title" then '"title":' || to_json(r."$old.title")::text end, case when r."$old.copies" is distinct from r."copies" then '"copies":' || r."$old.copies"::text end) || '}' as "$before",
  null::text as "$body"
from changed r cross join (select $1::int4 as "$n", $2::uuid as "$id", $3::uuid as "$caller", $4::text as "$trace", $5::int4 as "$version", $6::text as "title", $7::int4 as "copies") q
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select 0, 'done', null::text, shown."$data", shown."$version" from shown
