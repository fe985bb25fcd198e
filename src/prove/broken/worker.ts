/** The worker of a broken node: `worker.ts <drill>`. */

import { work } from '../../run/work.ts'
import { loadStage } from './stage.ts'

const [drill = ''] = process.argv.slice(2)
work((await loadStage(drill)).wiring)
