/** The metrics of all workers, asked from the supervisor. */

import { type FromSupervisor, type FromWorker, isMessage } from './messages.ts'

type Scraped = Extract<FromSupervisor, { type: 'scraped' }>

const waiting = new Map<number, (text: string) => void>()
let scrapes = 0

process.on('message', (message: unknown) => {
  if (!isMessage<Scraped>(message, 'scraped')) return
  waiting.get(message.id)?.(message.text)
  waiting.delete(message.id)
})

export function scrapeAll(): Promise<string> {
  return new Promise(resolve => {
    scrapes += 1
    waiting.set(scrapes, resolve)
    process.send?.({ type: 'scrape', id: scrapes } satisfies FromWorker)
  })
}
