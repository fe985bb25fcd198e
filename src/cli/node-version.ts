/** Refuses a Node that cannot run TypeScript sources, in one clear line. */

const needed = [22, 19] as const

/** Ends the process with status 1 when `version` is older than what package.json asks for. */
export function refuseOldNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return
  process.stderr.write(
    `Mettle needs Node ${needed.join('.')} or newer; this is Node ${version}.
Install a newer one, or one for this project alone: npm install --save-dev node@24\n`,
  )
  process.exit(1)
}
