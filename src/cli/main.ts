#!/usr/bin/env node
/** The command line: `mettle dev|start|migrate|client|user|api-key|keys|audit|prove`. */

import { Argument, Command, Help, Option } from 'commander'
import { defaults } from '../prove/report/replay.ts'
import { refuseOldNode } from './node-version.ts'
import { version } from './version.ts'

refuseOldNode(process.versions.node)

const program = new Command('mettle')
  .description('Runs a declared backend on PostgreSQL.')
  .version(version)
  .showHelpAfterError('(add --help to see what there is)')
  .configureHelp({ subcommandTerm: termOf })

/** In the list of commands: with the commands below it, or else with its arguments. */
function termOf(command: Command): string {
  const below = command.commands.map(one => one.name()).join('|')
  return below === '' ? new Help().subcommandTerm(command) : `${command.name()} ${below}`
}

const backendArgument = () => new Argument('[backend]', 'the backend file').default('backend.ts')
const backendOption = () => new Option('--backend <file>', 'the backend file').default('backend.ts')
const json = ['--json', 'print JSON for programs'] as const

program
  .command('dev')
  .description('run with an embedded PostgreSQL, reload on save, apply safe migrations')
  .addArgument(backendArgument())
  .addHelpText(
    'after',
    `
Settings come from the environment and from .env: PORT (3000), DATABASE_URL (the embedded
PostgreSQL in .mettle/), WORKERS (1), LOG_LEVEL (warn).`,
  )
  .action(async (backend: string) => (await import('./serve.ts')).serve(backend, 'development'))

program
  .command('start')
  .description('run in production')
  .addArgument(backendArgument())
  .addHelpText(
    'after',
    `
Settings come from the environment, each NAME also as a file by NAME_FILE: METTLE_SECRET,
PUBLIC_URL and DATABASE_URL (needed; \`embedded\`: a PostgreSQL of its own in .mettle/), PORT (3000),
HOST (0.0.0.0), WORKERS (1), LOG_LEVEL (info), RATE_LIMIT, ALLOWED_ORIGINS, METRICS_TOKEN.
SIGTERM drains and ends; SIGHUP replaces the workers without a gap.`,
  )
  .action(async (backend: string) => (await import('./serve.ts')).serve(backend, 'production'))

const migrate = program.command('migrate').description('bring the database to the declared tables')

migrate
  .command('plan')
  .description('print the statements that apply would run')
  .addArgument(backendArgument())
  .option(...json)
  .action(async (backend: string, options) => (await import('./migrate.ts')).plan(backend, options))

migrate
  .command('apply')
  .description('run them')
  .addArgument(backendArgument())
  .option('--allow-destructive', 'also run what loses data')
  .option(
    '--allow-blocking',
    'also run what holds readers and writers off while a table is rewritten',
  )
  .option(...json)
  .action(async (backend: string, options) =>
    (await import('./migrate.ts')).apply(backend, options),
  )

migrate
  .command('status')
  .description('say what was applied and whether something is pending (then the exit status is 1)')
  .addArgument(backendArgument())
  .option(...json)
  .action(async (backend: string, options) =>
    (await import('./migrate.ts')).status(backend, options),
  )

program
  .command('client')
  .description('write a standalone typed client in TypeScript, for other repositories')
  .addArgument(backendArgument())
  .option('-o, --output <file>', 'the file to write; else it is printed')
  .action(async (backend: string, options) =>
    (await import('./client.ts')).writeClient(backend, options),
  )

const user = program.command('user').description('manage users')

user
  .command('create')
  .description('create a user; the password is asked for, or read from standard input')
  .argument('<email>', 'the e-mail address')
  .option('--role <role...>', 'roles to grant', [])
  .option('--service', 'an account of a program: no password, its API keys alone come in')
  .option('--set <field=value...>', 'further fields of the user', [])
  .addOption(backendOption())
  .action(async (email: string, options) => (await import('./user.ts')).createUser(email, options))

user
  .command('grant')
  .description('give a user a role')
  .argument('<email>', 'the e-mail address')
  .argument('<role>', 'the role')
  .addOption(backendOption())
  .action(async (email: string, role: string, options) =>
    (await import('./user.ts')).grantRole(email, role, options),
  )

user
  .command('revoke')
  .description('take a role from a user')
  .argument('<email>', 'the e-mail address')
  .argument('<role>', 'the role')
  .addOption(backendOption())
  .action(async (email: string, role: string, options) =>
    (await import('./user.ts')).revokeRole(email, role, options),
  )

const apiKey = program.command('api-key').description('manage the API keys of users')

apiKey
  .command('create')
  .description('make a key that acts as the user, and print it this once')
  .argument('<email>', 'the user')
  .requiredOption('--name <name>', 'what it is for')
  .option('--scope <scope...>', 'only for this, such as orders.read or checkout')
  .option('--days <days>', 'how long it is good (90)')
  .addOption(backendOption())
  .action(async (email: string, options) =>
    (await import('./api-key.ts')).createApiKey(email, options),
  )

apiKey
  .command('list')
  .description('list the keys of a user that are good')
  .argument('<email>', 'the user')
  .option(...json)
  .addOption(backendOption())
  .action(async (email: string, options) =>
    (await import('./api-key.ts')).listApiKeys(email, options),
  )

apiKey
  .command('revoke')
  .description('end a key')
  .argument('<email>', 'the user')
  .argument('<id>', 'the id that the list tells')
  .addOption(backendOption())
  .action(async (email: string, id: string, options) =>
    (await import('./api-key.ts')).revokeApiKey(email, id, options),
  )

const keys = program.command('keys').description('manage the keys that sign access tokens')

keys
  .command('rotate')
  .description('have a new key made; tokens of the old ones stay good until they expire')
  .option('--compromised', 'refuse tokens of the old ones from now on')
  .addOption(backendOption())
  .action(async options => (await import('./keys.ts')).rotateKeys(options))

program
  .command('audit')
  .description('print the newest entries of the audit trail, the newest last')
  .option('--kind <kind>', 'only this kind, such as sign-in.failed')
  .option('--user <email or id>', 'only what this user did or what concerns him')
  .option('--since <time>', 'only from then on')
  .option('--limit <entries>', 'so many at most', '50')
  .option(...json)
  .addOption(backendOption())
  .action(async options => (await import('./audit.ts')).audit(options))

program
  .command('prove')
  .description('attack your own backend on a scratch PostgreSQL, and say what held')
  .argument('[drill|group...]', 'what to run (default: everything)')
  .addOption(backendOption())
  .option('--seed <number>', 'decides every choice that drills leave to chance')
  .option('--nodes <number>', 'nodes behind the balancer', defaults.nodes)
  .option('--time <time>', 'for each drill, at most', defaults.time)
  .option('--drills <file...>', 'drills of your own, each a file with drill() as default export')
  .option('--url <url>', 'attack a backend that runs already, with the drills that only ask')
  .option('--confirm-host <host>', 'the host of --url, where it is not this machine')
  .option('--controls', 'run each drill against a node with one broken stage: it must go red')
  .option('--json', 'print JSON for programs')
  .option('--html <file>', 'write a page with the evidence')
  .option('--junit <file>', 'write the report that CI systems read')
  .option('--list', 'say which drills there are')
  .option('--explain <drill>', 'say what a drill claims and does')
  .action(async (names: string[], options) => (await import('./prove.ts')).prove(names, options))

await program.parseAsync()
