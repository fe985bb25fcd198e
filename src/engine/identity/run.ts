/** How the parts of this service reach PostgreSQL. */

import type { Row, Route, Statement } from '../../ports/database.ts'

/**
 * One statement, a transaction of its own. Rejects with `Problem` where the caller can be told
 * something.
 */
export type Run = (statement: Statement, route: Route) => Promise<readonly Row[]>
