/** The programs from outside that tests run, and the Debian packages that hold them. */

export interface Program {
  readonly name: string
  /** Of Debian 12. */
  readonly package: string
  /** Inside the unpacked package. It must answer `--version` with status 0. */
  readonly path: string
  /** Whether it draws text: it is told where the unpacked fonts are. */
  readonly fonts?: boolean
}

export type ProgramName = 'redis-server' | 'promtool' | 'chromium'

export const programs: Readonly<Record<ProgramName, Program>> = {
  'redis-server': {
    name: 'redis-server',
    package: 'redis-server',
    path: 'usr/bin/redis-server',
  },
  promtool: { name: 'promtool', package: 'prometheus', path: 'usr/bin/promtool' },
  // Its launcher in usr/bin looks for settings and libraries of an installed package only.
  chromium: {
    name: 'chromium',
    package: 'chromium',
    path: 'usr/lib/chromium/chromium',
    fonts: true,
  },
}
