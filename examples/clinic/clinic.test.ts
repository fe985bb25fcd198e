/** The clinic: nobody in two places, packs that run out, and fields that not everybody sees. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testBackend } from 'mettle/testing'
import backend from './backend.ts'

const clinic = await testBackend(backend)
after(() => clinic.stop())

const desk = await clinic.as('dora', { roles: ['desk'], fields: { name: 'Dora' } })
const doctor = await clinic.as('dana', { roles: ['doctor'], fields: { name: 'Dana' } })
const other = await clinic.as('dirk', { roles: ['doctor'], fields: { name: 'Dirk' } })
const nurse = await clinic.as('nora', { roles: ['nurse'], fields: { name: 'Nora' } })
const paula = await clinic.as('paula', { fields: { name: 'Paula' } })

let admitted = 0
async function admit(account: string | null = null) {
  admitted += 1
  const insuranceNumber = `P${String(100_000_000 + admitted)}`
  const born = '1980-04-01'
  return desk.patients.create({ name: ' Paula   Abel ', born, insuranceNumber, account })
}

test('a patient sees the own record, the staff sees all, others see none', async () => {
  const { id } = await paula.auth.me()
  const own = await admit(id)
  const foreign = await admit()
  assert.equal((await paula.patients.get(own.id)).name, 'Paula Abel')
  await assert.rejects(paula.patients.get(foreign.id), { code: 'run.not-found' })
  assert.equal((await nurse.patients.get(foreign.id)).id, foreign.id)
  await assert.rejects(clinic.as.anonymous.patients.get(own.id), { code: 'identify.required' })
})

test('the file of a patient stays when the account goes', async () => {
  const pia = await clinic.as('pia', { fields: { name: 'Pia' } })
  const { id } = await pia.auth.me()
  const file = await admit(id)
  await assert.rejects(nurse.users.delete(id), { code: 'authorise.denied' })
  await desk.users.delete(id)
  assert.equal((await desk.patients.get(file.id)).account, null)
})

test('remarks and reasons are for doctors', async () => {
  const patient = await admit()
  await doctor.patients.update(patient.id, { remarks: 'Anxious' })
  assert.equal((await doctor.patients.get(patient.id)).remarks, 'Anxious')
  assert.ok(!('remarks' in (await desk.patients.get(patient.id))))
  await assert.rejects(desk.patients.list({ remarks: 'Anxious' }), { status: 422 })
  await assert.rejects(desk.patients.update(patient.id, { remarks: 'x' }), {
    code: 'authorise.denied',
  })
})

test('only doctors see who is at risk, also by the order of a list', async () => {
  const [low, high] = [await admit(), await admit()]
  await doctor.patients.update(low.id, { risk: 20 })
  await doctor.patients.update(high.id, { risk: 90 })
  const { data } = await doctor.patients.list({}, { sort: ['-risk'], limit: 2 })
  assert.deepEqual(
    data.map(({ id }) => id),
    [high.id, low.id],
  )
  await assert.rejects(desk.patients.list({}, { sort: ['-risk'] }), { code: 'validate.query' })
})

test('of two who book the same hour one gets it', async () => {
  const { id } = await doctor.auth.me()
  const [one, two] = [await admit(), await admit()]
  const at = '2099-05-04T09:00:00.000Z'
  const book = (patient: string) => desk.commands.book({ patient, doctor: id, at }).outcome()
  const outcomes = await Promise.all([book(one.id), book(two.id)])
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
  const late = await book(two.id)
  assert.ok(!late.ok && late.problem.code === 'book.taken', JSON.stringify(late))
  const over = desk.commands.book({ patient: one.id, doctor: id, at: '2001-01-01T00:00:00.000Z' })
  await assert.rejects(over, { code: 'book.past' })
  const sheet = await nurse.queries.daySheet({ day: '2099-05-04' })
  assert.deepEqual(sheet, [{ doctor: id, patients: 1, minutes: 15 }])
})

test('no more is handed out than was prescribed, and only its doctor changes it', async () => {
  const patient = await admit()
  const prescription = await doctor.prescriptions.create({
    patient: patient.id,
    medicine: 'Ibuprofen',
    dose: '400',
    packs: 2,
  })
  const { id } = prescription
  await assert.rejects(other.prescriptions.update(id, { packs: 9 }), { status: 403 })
  const handOut = () => nurse.commands.handOut({ prescription: id, packs: 1 }).outcome()
  const outcomes = await Promise.all([handOut(), handOut(), handOut()])
  assert.equal(outcomes.filter(({ ok }) => ok).length, 2)
  const seen = await doctor.prescriptions.get(id)
  assert.deepEqual([seen.packs, seen.handedOut], [0, 2])
  const forged: object = { handedOut: 0 }
  await assert.rejects(doctor.prescriptions.update(id, forged), { code: 'authorise.denied' })
})

test('a patient has a team, and a member has patients', async () => {
  const patient = await admit()
  const { id } = await nurse.auth.me()
  await desk.carers.create({ patient: patient.id, member: id })
  const seen = await doctor.patients.get(patient.id, {
    fields: ['id'],
    expand: { team: { fields: ['name'] } },
  })
  assert.deepEqual(seen.team, [{ name: 'Nora' }])
})
