/** What the clinic begins with: those who work there, two patients with accounts, a full week. */

import { seed } from 'mettle'
import { appointments, carers, patients, prescriptions } from './backend.ts'

const firstNames = 'Ada Ben Cleo Dora Emil Fay Gus Hana Ivo Jana'.split(' ')
const lastNames = 'Abel Berg Cole Diaz Eder Frei'.split(' ')
const groups = ['A', 'B', 'AB', '0'] as const
const medicines = ['Amoxicillin', 'Ibuprofen', 'Metformin', 'Ramipril'] as const

const people = lastNames.flatMap((last, l) =>
  firstNames.map((first, f) => ({
    name: `${first} ${last}`,
    born: `${1940 + l * 9 + f}-0${1 + (f % 9)}-1${l}`,
    insurance: f % 4 === 0 ? ('private' as const) : ('statutory' as const),
    insuranceNumber: `${String.fromCodePoint(65 + l)}${String(100_000_000 + l * 1_000 + f)}`,
    allergies: f % 3 === 0 ? ['penicillin'] : [],
    chart: { bloodGroup: groups[(l + f) % 4]!, pulse: 58 + l * 3 + f },
  })),
)

const dayMs = 86_400_000
const slotMs = 900_000

export default seed({
  uses: { patients, appointments, prescriptions, carers },
  async run({ db, createUser }) {
    const person = (name: string, password: string, roles: readonly string[] = []) =>
      createUser({
        email: `${name.toLowerCase()}@clinic.example`,
        password,
        roles,
        fields: { name },
      })
    const doctors = [
      await person('Dana', 'amber-lighthouse-31', ['doctor']),
      await person('Dirk', 'cobalt-orchard-84', ['doctor']),
    ]
    const nurse = await person('Nora', 'willow-compass-57', ['nurse'])
    await person('Dora', 'saffron-harbour-19', ['desk'])
    const accounts = [
      await person('Paula', 'indigo-meadow-66'),
      await person('Piet', 'crimson-valley-42'),
    ]
    const rows = people.map((each, at) => ({ ...each, account: accounts[at] ?? null }))
    const ids = (await db.patients.createMany(rows)).map(({ id }) => id)
    const firstDayMs = Math.ceil(Date.now() / dayMs) * dayMs + 8 * 3_600_000
    await db.appointments.createMany(
      ids.map((patient, at) => ({
        patient,
        doctor: doctors[at % 2]!,
        at: new Date(firstDayMs + Math.floor(at / 24) * dayMs + Math.floor((at % 24) / 2) * slotMs),
      })),
    )
    await db.prescriptions.createMany(
      ids.slice(0, 20).map((patient, at) => ({
        patient,
        doctor: doctors[at % 2]!,
        medicine: medicines[at % 4]!,
        dose: `${50 + at * 25}`,
        packs: 1 + (at % 3),
        reason: 'As discussed',
      })),
    )
    await db.carers.createMany(ids.slice(0, 12).map(patient => ({ patient, member: nurse })))
  },
})
