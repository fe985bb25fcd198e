/** Transactions in name only. */

import { broken } from '../broken.ts'
import { committingEach } from '../transactions.ts'

export default broken('transactions commit after each statement', { database: committingEach })
