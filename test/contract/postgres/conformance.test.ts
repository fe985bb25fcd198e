/** The PostgreSQL adapter is a Database. */

import { postgresDatabase } from '../../../src/adapters/postgres/database.ts'
import { scratchDatabase } from '../../support/database.ts'
import { databaseConformance } from './database-conformance.ts'
import { clock } from './support.ts'

const url = await scratchDatabase()

databaseConformance('postgresDatabase', () => postgresDatabase({ url, clock, observe: () => {} }))
