/** What stands around the making of a user who signs up. */

import type { DriverValues } from '../../model/input.ts'
import type { AuditOrigin } from '../audit/audit.ts'
import type { DataScope } from '../data/data.ts'

/** Both run inside the transaction that makes the user, and undo it by throwing. */
export interface AroundSignUp {
  /** The values to go on with; none of them is the password. */
  before(values: DriverValues, from: AuditOrigin, scope: DataScope): Promise<DriverValues>
  after(id: string, values: DriverValues, from: AuditOrigin, scope: DataScope): Promise<void>
}
