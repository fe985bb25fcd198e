-- number int4[], id uuid[], caller uuid[], trace text[], key text[], keyHash text[]
with recursive q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[]) q("$n", "$id", "$caller", "$trace", "$key", "$hash")
),
stored as materialized (
select q."$n", i."hash" = q."$hash" as "$same", case when i."hash" = q."$hash" then i."body" end as "$body", case when i."hash" = q."$hash" then i."row" end as "$row", case when i."hash" = q."$hash" then i."version" end as "$version"
from q join "mettle"."idempotency" i on i."caller" = coalesce(q."$caller"::text, '')
  and i."operation" = 'loans.delete' and i."key" = q."$key"
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."member_id", t."status", t."note", t.ctid as "$place"
from q join "loans" t on t."id" = q."$id" and t."member_id" = q."$caller" and not exists (select 1 from stored where stored."$n" = q."$n")
order by t."id" for update of t skip locked
),
asked as materialized (
select q."$n", q."$caller", q."$trace", q."$key", q."$hash", held."id", stored."$body", stored."$version", case when stored."$same" then array['replayed', stored."$row"::text] when not stored."$same" then array['mismatch'] when held."id" is null and exists (select 1 from "loans" t where t."id" = q."$id" and t."member_id" = q."$caller" offset 0) then array['busy'] when held."id" is null then array['missing'] when (held."member_id" = q."$caller") is not true and not exists (select 1 from "loans" s where s."id" = held."id" and s.ctid = held."$place" offset 0) then array['busy'] when (held."member_id" = q."$caller") is not true then array['denied'] end as "$fault"
from q left join stored on stored."$n" = q."$n" left join held on held."$n" = q."$n"
),
doomed ("$n", "resource", "id", "via", "parent") as (
select asked."$n", 'loans'::text, asked."id", ''::text, null::uuid
from asked where asked."$fault" is null
union
select doomed."$n", next.* from doomed cross join lateral (
  select 'items'::text, c."id", 'loan'::text, doomed."id" from "items" c where doomed."resource" = 'loans' and c."loan_id" = doomed."id"
) next
),
reached as materialized (
select * from doomed limit 10001
),
judged as materialized (
select asked."$n", asked."$caller", asked."$trace", asked."$key", asked."$hash", asked."id", asked."$body", asked."$version", case when asked."$fault" is not null then asked."$fault"
  when (select count(*) from reached) > 10000 then array['referenced', 'items (more than 10000 in all)']
  when exists (select 1 from reached join "notes" c on c."loan_id" = reached."id" where reached."$n" = asked."$n" and reached."resource" = 'loans') then array['referenced', 'notes']
  end as "$fault"
from asked
),
victims as materialized (
select reached.* from reached join judged on judged."$n" = reached."$n"
where judged."$fault" is null
),
removed_0 as (
delete from "loans" t using victims where victims."resource" = 'loans' and t."id" = victims."id" and (victims."via" = '')
returning victims."$n", t."id", t."version", t."created_at", t."updated_at", t."member_id", t."status", t."note"
),
removed_1 as (
delete from "items" t using victims where victims."resource" = 'items' and t."id" = victims."id" and (victims."via" = 'loan' and t."loan_id" = victims."parent")
returning victims."$n", t."id", t."version", t."created_at", t."updated_at", t."loan_id", t."book_id", t."instead_id"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.deleted'::text as "$type",
  r."id" = judged."id" as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from removed_0 r join judged on judged."$n" = r."$n"
union all
select judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", r."id" as "$id", r."version" as "$version",
  'items'::text as "$resource", 'items.deleted'::text as "$type",
  false as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","loan":"' || r."loan_id"::text || '","book":"' || r."book_id"::text || '","instead":' || coalesce('"' || r."instead_id"::text || '"', 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from removed_1 r join judged on judged."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
),
answered as (
insert into "mettle"."idempotency" ("caller", "operation", "key", "hash", "status", "body", "row", "version")
select coalesce(shown."$caller"::text, ''), 'loans.delete', shown."$key", shown."$hash", 204, null::text, shown."$id", shown."$version"
from shown where shown."$asked"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], coalesce(null::text, judged."$body"), coalesce(shown."$version", judged."$version")
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- waiting
with recursive q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[]) q("$n", "$id", "$caller", "$trace", "$key", "$hash")
),
stored as materialized (
select q."$n", i."hash" = q."$hash" as "$same", case when i."hash" = q."$hash" then i."body" end as "$body", case when i."hash" = q."$hash" then i."row" end as "$row", case when i."hash" = q."$hash" then i."version" end as "$version"
from q join "mettle"."idempotency" i on i."caller" = coalesce(q."$caller"::text, '')
  and i."operation" = 'loans.delete' and i."key" = q."$key"
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."member_id", t."status", t."note", t.ctid as "$place"
from q join "loans" t on t."id" = q."$id" and t."member_id" = q."$caller" and not exists (select 1 from stored where stored."$n" = q."$n")
order by t."id" for update of t
),
asked as materialized (
select q."$n", q."$caller", q."$trace", q."$key", q."$hash", held."id", stored."$body", stored."$version", case when stored."$same" then array['replayed', stored."$row"::text] when not stored."$same" then array['mismatch'] when held."id" is null and exists (select 1 from "loans" t where t."id" = q."$id" and t."member_id" = q."$caller" offset 0) then array['busy'] when held."id" is null then array['missing'] when (held."member_id" = q."$caller") is not true and not exists (select 1 from "loans" s where s."id" = held."id" and s.ctid = held."$place" offset 0) then array['busy'] when (held."member_id" = q."$caller") is not true then array['denied'] end as "$fault"
from q left join stored on stored."$n" = q."$n" left join held on held."$n" = q."$n"
),
doomed ("$n", "resource", "id", "via", "parent") as (
select asked."$n", 'loans'::text, asked."id", ''::text, null::uuid
from asked where asked."$fault" is null
union
select doomed."$n", next.* from doomed cross join lateral (
  select 'items'::text, c."id", 'loan'::text, doomed."id" from "items" c where doomed."resource" = 'loans' and c."loan_id" = doomed."id"
) next
),
reached as materialized (
select * from doomed limit 10001
),
judged as materialized (
select asked."$n", asked."$caller", asked."$trace", asked."$key", asked."$hash", asked."id", asked."$body", asked."$version", case when asked."$fault" is not null then asked."$fault"
  when (select count(*) from reached) > 10000 then array['referenced', 'items (more than 10000 in all)']
  when exists (select 1 from reached join "notes" c on c."loan_id" = reached."id" where reached."$n" = asked."$n" and reached."resource" = 'loans') then array['referenced', 'notes']
  end as "$fault"
from asked
),
victims as materialized (
select reached.* from reached join judged on judged."$n" = reached."$n"
where judged."$fault" is null
),
removed_0 as (
delete from "loans" t using victims where victims."resource" = 'loans' and t."id" = victims."id" and (victims."via" = '')
returning victims."$n", t."id", t."version", t."created_at", t."updated_at", t."member_id", t."status", t."note"
),
removed_1 as (
delete from "items" t using victims where victims."resource" = 'items' and t."id" = victims."id" and (victims."via" = 'loan' and t."loan_id" = victims."parent")
returning victims."$n", t."id", t."version", t."created_at", t."updated_at", t."loan_id", t."book_id", t."instead_id"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.deleted'::text as "$type",
  r."id" = judged."id" as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from removed_0 r join judged on judged."$n" = r."$n"
union all
select judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", r."id" as "$id", r."version" as "$version",
  'items'::text as "$resource", 'items.deleted'::text as "$type",
  false as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","loan":"' || r."loan_id"::text || '","book":"' || r."book_id"::text || '","instead":' || coalesce('"' || r."instead_id"::text || '"', 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from removed_1 r join judged on judged."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
),
answered as (
insert into "mettle"."idempotency" ("caller", "operation", "key", "hash", "status", "body", "row", "version")
select coalesce(shown."$caller"::text, ''), 'loans.delete', shown."$key", shown."$hash", 204, null::text, shown."$id", shown."$version"
from shown where shown."$asked"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], coalesce(null::text, judged."$body"), coalesce(shown."$version", judged."$version")
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"
