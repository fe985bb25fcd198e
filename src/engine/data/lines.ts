/** One at a time for each key: the others stand in line in memory, holding no connection. */

import { Room, type Patience } from './room.ts'

export class Lines {
  /** A key is here while somebody is at work for it. */
  readonly #rooms = new Map<string, Room>()

  async run<T>(key: string, patience: Patience, work: () => Promise<T>): Promise<T> {
    const room = this.#rooms.get(key) ?? this.#open(key)
    if (!room.enter()) await room.stand(patience)
    try {
      return await work()
    } finally {
      if (!room.leave()) this.#rooms.delete(key)
    }
  }

  /** Requests in flight are bounded, and so is who stands here. */
  #open(key: string): Room {
    const room = new Room(1, Infinity)
    this.#rooms.set(key, room)
    return room
  }
}
