/** Texts that are SQL wherever they reach a statement as more than a value. */

/**
 * `probe` is an expression whose effect can be seen afterwards, `table` must stay as it is. Each
 * text breaks out of another place: quotes, numbers, names, lists, patterns, comments.
 */
export function sqlPayloads(probe: string, table: string): readonly string[] {
  return [
    `'||${probe}::text||'`,
    `' or ${probe} or 'a'='b`,
    `') or ${probe} or ('a'='b`,
    `'; select ${probe}; --`,
    `'); select ${probe}; --`,
    `' union all select ${probe}::text --`,
    `1 or ${probe}`,
    `1) or ${probe} --`,
    `1; select ${probe}`,
    `(select ${probe})`,
    `case when ${probe} then 1 else 2 end`,
    `id,(select ${probe})`,
    `id desc; select ${probe}; --`,
    `"||${probe}::text||"`,
    `" or ${probe} or "a"="b`,
    `id" = "id" or ${probe} --`,
    `"; select ${probe}; --`,
    `\\'||${probe}::text||\\'`,
    `\\'; select ${probe}; --`,
    `$$||${probe}::text||$$`,
    `%' or ${probe} or 'a' like '`,
    `{"a":"'||${probe}::text||'"}`,
    `a'->>'b' = 'c' or ${probe} or 'a'='b`,
    `*/ or ${probe} or /*`,
    `--\nor ${probe}`,
    `'/**/or/**/${probe}/**/or/**/'a'='b`,
    `\u02bc or ${probe} or \uff07a\uff07=\uff07b`,
    `%27 or ${probe} or %27a%27=%27b`,
    `U&'\\0027 or ${probe}`,
    `'; insert into ${table} values (2); --`,
    `1; drop table ${table}; --`,
    `'; copy (select 1) to program 'true'; --`,
    "' or '1'='1",
    "' or 1=1 --",
    `$1`,
    `'`,
    `"`,
    `\\`,
  ]
}
