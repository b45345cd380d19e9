// What every peer is asked to do, and how it says what became of it: one line of JSON on stdout a step.
import { performance } from 'node:perf_hooks'
import { mkdirSync } from 'node:fs'

const [, , step, port, dir, docs, changes, more] = process.argv
export const args = { step, port: +port, dir, docs: +docs || 0, changes: +changes || 0, more }
if (dir) mkdirSync(dir, { recursive: true })

export const name = n => 'product-' + String(n).padStart(6, '0')

// A product of a catalogue: five fields, of which a change writes one.
export const product = n => ({
  code: 'F' + String(n).padStart(6, '0'),
  name: 'Kestrel Clubline ' + n,
  brand: 'Kestrel',
  list: 249000,
  offer: 199000
})

export const timed = async work => {
  const from = performance.now()
  await work()
  return Math.round(performance.now() - from)
}

export const say = what => console.log(JSON.stringify(what))

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

export const until = async (what, holds) => {
  while (!(await holds())) await sleep(10)
  return what
}

// So many at once: a till does not wait for one document before it asks for the next.
export const together = async (count, at_once, work) => {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: at_once }, lane))
}

export const run = steps => {
  const todo = steps[step]
  if (!todo) throw new Error('no step ' + step)
  todo().then(
    done => { if (done) { say(done); process.exit(0) } },
    error => { console.error(error); process.exit(1) }
  )
}
