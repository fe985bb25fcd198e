#!/usr/bin/env node
/** The command line: `mettle dev|start|migrate|user`. */

import { Command } from 'commander'
import { refuseOldNode } from './node-version.ts'

refuseOldNode(process.versions.node)

const program = new Command('mettle')
  .description('Runs a declared backend on PostgreSQL.')
  .showHelpAfterError('(mettle --help lists the commands)')

program
  .command('dev')
  .description('run with an embedded PostgreSQL, reload on save, apply safe migrations')
  .argument('[backend]', 'the backend file', 'backend.ts')
  .action(async (backend: string) => (await import('./serve.ts')).serve(backend, 'development'))

program
  .command('start')
  .description('run in production')
  .argument('[backend]', 'the backend file', 'backend.ts')
  .action(async (backend: string) => (await import('./serve.ts')).serve(backend, 'production'))

const migrate = program.command('migrate').description('bring the database to the declared tables')

migrate
  .command('plan')
  .description('print the statements that apply would run')
  .argument('[backend]', 'the backend file', 'backend.ts')
  .option('--json', 'print JSON')
  .action(async (backend: string, options: { json?: boolean }) =>
    (await import('./migrate.ts')).plan(backend, options.json === true),
  )

migrate
  .command('apply')
  .description('run them')
  .argument('[backend]', 'the backend file', 'backend.ts')
  .option('--allow-destructive', 'also run what loses data')
  .option(
    '--allow-blocking',
    'also run what holds readers and writers off while a table is rewritten',
  )
  .action(
    async (backend: string, options: { allowDestructive?: boolean; allowBlocking?: boolean }) =>
      (await import('./migrate.ts')).apply(backend, options),
  )

migrate
  .command('status')
  .description('say what was applied and whether something is pending')
  .argument('[backend]', 'the backend file', 'backend.ts')
  .option('--json', 'print JSON')
  .action(async (backend: string, options: { json?: boolean }) =>
    (await import('./migrate.ts')).status(backend, options.json === true),
  )

program
  .command('user')
  .description('manage users')
  .command('create')
  .description(
    'create a user, for example the first administrator; the password is asked for or read from standard input',
  )
  .argument('<email>', 'the e-mail address')
  .option('--role <role...>', 'roles to grant', [])
  .option('--backend <file>', 'the backend file', 'backend.ts')
  .option('--set <field=value...>', 'further fields of the user', [])
  .action(async (email: string, options: { role: string[]; backend: string; set: string[] }) =>
    (await import('./user.ts')).createUser(email, options),
  )

await program.parseAsync()
