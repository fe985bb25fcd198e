/** A resource's table in a statement. */

import type { ResourceModel } from '../model/model.ts'
import { column, join, name, raw, sql, type Fragment } from './fragment.ts'

/** `"order_lines" t` */
export function tableAs(resource: ResourceModel, alias: string): Fragment {
  return sql`${name(resource.table)} ${raw(alias)}`
}

/** All columns: PostgreSQL drops from a subquery those that nobody outside asks for. */
export function tableColumns(resource: ResourceModel, alias: string): Fragment {
  return join(
    resource.fields.map(field => column(alias, field.column)),
    ', ',
  )
}
