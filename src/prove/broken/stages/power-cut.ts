/** Commits are acknowledged before they are on disk, and nobody minds. */

import { broken } from '../broken.ts'
import { lossy } from '../lossy.ts'

export default broken('synchronous_commit is off', { postgres: lossy })
