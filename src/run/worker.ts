/** A worker's process, with every part as it is. */

import { asBuilt } from './wiring.ts'
import { work } from './work.ts'

work(asBuilt)
