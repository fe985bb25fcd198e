/** A clinic's whole backend: nobody signs up himself, and roles see different fields. */

import { access, backend, command, field, hook, identity, query, resource, sql } from 'mettle'

const { allOf, anyOf, nobody, owner, role, signedIn, through } = access
const staff = anyOf(role('doctor'), role('nurse'), role('desk'))

/** Accounts are made at the desk: `mettle user create`. */
export const users = identity({
  fields: { name: field.text({ min: 1, max: 100 }) },
  signUp: 'closed',
  roles: ['doctor', 'nurse', 'desk'],
  // the file of a patient stays without his account
  access: { read: signedIn, account: role('desk'), delete: role('desk') },
})

export const patients = resource('patients', {
  fields: {
    name: field.text({ min: 1, max: 200 }),
    born: field.date(),
    insurance: field.choice(['statutory', 'private', 'none'], { default: 'statutory' }),
    insuranceNumber: field.text({ max: 10, pattern: /^[A-Z]\d{9}$/, unique: true }),
    allergies: field.list(field.text({ max: 80 }), { max: 50, default: [] }),
    chart: field.document({ default: {} }), // whatever the devices of the ward deliver
    remarks: field.text({
      max: 2000,
      optional: true,
      access: { read: role('doctor'), write: role('doctor') },
    }),
    risk: field.integer({
      min: 0,
      max: 100,
      default: 0,
      access: { read: role('doctor'), write: role('doctor') },
    }),
    account: field.ref('users', { optional: true, unique: true, onDelete: 'clear' }),
  },
  indexes: [['name'], ['born'], ['-risk'], ['chart.bloodGroup']],
  access: {
    read: anyOf(owner('account'), staff),
    create: role('desk'),
    update: anyOf(role('desk'), role('doctor')),
    delete: role('desk'), // whoever asks to be forgotten: all that hangs on him goes as well
  },
})

/** Nobody is in two places: a doctor has one appointment at a time, and so has a patient. */
export const appointments = resource('appointments', {
  fields: {
    patient: field.ref('patients', { onDelete: 'cascade' }),
    doctor: field.ref('users'),
    at: field.timestamp(),
    minutes: field.integer({ min: 5, max: 240, default: 15 }),
    state: field.choice(['booked', 'arrived', 'seen'], { default: 'booked' }),
  },
  indexes: [['at'], ['doctor', 'at'], ['patient', 'at']],
  unique: [
    ['doctor', 'at'],
    ['patient', 'at'],
  ],
  access: {
    read: anyOf(owner('doctor'), through('patient')),
    create: role('desk'),
    update: anyOf(role('desk'), role('nurse')),
    delete: role('desk'),
  },
})

export const prescriptions = resource('prescriptions', {
  fields: {
    patient: field.ref('patients', { onDelete: 'cascade' }),
    doctor: field.ref('users', { default: 'caller' }),
    medicine: field.text({ min: 1, max: 200 }),
    dose: field.decimal({ precision: 9, scale: 3, min: '0.001' }),
    unit: field.choice(['mg', 'ml', 'drops'], { default: 'mg' }),
    perDay: field.integer({ min: 1, default: 1 }),
    packs: field.integer({ min: 0, default: 1 }), // that may still be handed out
    reason: field.text({
      max: 500,
      optional: true,
      access: { read: role('doctor'), write: role('doctor') },
    }),
    handedOut: field.integer({ min: 0, default: 0, access: { write: nobody } }),
  },
  indexes: [
    ['patient', '-createdAt'],
    ['doctor', '-createdAt'],
  ],
  access: {
    read: anyOf(owner('doctor'), through('patient')),
    create: role('doctor'),
    update: allOf(role('doctor'), owner('doctor')),
    delete: nobody,
  },
})

/** Who cares for whom; a patient's team, and a member's patients. */
export const carers = resource('carers', {
  fields: {
    patient: field.ref('patients', { onDelete: 'cascade' }),
    member: field.ref('users', { onDelete: 'cascade' }),
    since: field.timestamp({ default: 'now' }),
  },
  link: { patient: 'caredFor', member: 'team' },
  access: { read: staff, create: role('desk'), delete: role('desk') },
})

/** POST /api/v1/book: an appointment, or why not, in words that a desk can say on the telephone. */
export const book = command('book', {
  input: {
    patient: field.ref('patients'),
    doctor: field.ref('users'),
    at: field.timestamp(),
    minutes: field.integer({ min: 5, max: 240, default: 15 }),
  },
  output: appointments,
  errors: {
    past: { status: 409, title: 'That time is over' },
    taken: {
      status: 409,
      title: 'The doctor or the patient has another appointment then',
      data: { at: field.timestamp() },
    },
  },
  access: role('desk'),
  uses: { patients, appointments },
  async run({ input, db, fail, now }) {
    const { patient, doctor, at } = input
    if (at <= now) fail.past()
    await db.patients.get(patient)
    const others = [
      await db.appointments.find({ doctor, at }),
      await db.appointments.find({ patient, at }),
    ]
    if (others.some(other => other !== null)) fail.taken({ at })
    return db.appointments.create(input) // whoever came in between is refused by the unique keys
  },
})

/** POST /api/v1/hand-out: packs leave the pharmacy, never more than were prescribed. */
export const handOut = command('hand-out', {
  input: {
    prescription: field.ref('prescriptions'),
    packs: field.integer({ min: 1, max: 10, default: 1 }),
  },
  output: { left: field.integer(), handedOut: field.integer() },
  errors: {
    tooMany: {
      status: 409,
      title: 'The doctor prescribed less',
      data: { left: field.integer() },
    },
  },
  access: role('nurse'),
  uses: { prescriptions },
  isolation: 'repeatable read',
  async run({ input, db, fail }) {
    const found = await db.prescriptions.lock([input.prescription])
    const { id, packs, handedOut } = found.get(input.prescription)
    if (packs < input.packs) fail.tooMany({ left: packs })
    const changed = await db.prescriptions.update(id, {
      packs: packs - input.packs,
      handedOut: handedOut + input.packs,
    })
    return { left: changed.packs, handedOut: changed.handedOut }
  },
})

/** GET /api/v1/day-sheet: how full each doctor's day is. */
export const daySheet = query('day-sheet', {
  input: { day: field.date() },
  output: { doctor: field.ref('users'), patients: field.integer(), minutes: field.integer() },
  access: staff,
  sql: ({ day }) => sql`
    select doctor_id as doctor, count(*)::int as patients, sum(minutes)::int as minutes
    from appointments
    where at >= ${day}::date and at < ${day}::date + 1
    group by doctor_id order by minutes desc limit 100`,
})

/** Without `uses` it needs no transaction, and the shared commits stay shared. */
export const tidyNames = hook('tidy-names', {
  on: patients,
  operations: ['create', 'replace', 'update'],
  errors: { blank: { status: 422, title: 'A patient has a name' } },
  before({ input, fail }) {
    if (input.name === undefined) return undefined
    const name = input.name.trim().replaceAll(/\s+/g, ' ')
    if (name === '') fail.blank()
    return { ...input, name }
  },
})

export default backend('clinic', {
  parts: {
    users,
    patients,
    appointments,
    prescriptions,
    carers,
    book,
    handOut,
    daySheet,
    tidyNames,
  },
})
