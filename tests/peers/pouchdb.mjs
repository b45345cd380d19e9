// PouchDB (LevelDB on disk, no fsync) with pouchdb-server over HTTP. Replication carries each document's last revision and
// the ids of those before it, not the ten changes.
import { createRequire } from 'node:module'
import { spawn } from 'node:child_process'
import { args, name, product, run, timed } from './work.mjs'

const require = createRequire(import.meta.url)
const PouchDB = require('pouchdb')
const { step, port, dir, docs, changes } = args
const remote = () => new PouchDB(`http://127.0.0.1:${port}/chain`)
const local = sub => new PouchDB(`${dir}/${sub}`)
// As pouchdb-server's own documentation does it; the default of 100 documents a batch is a browser's.
const options = { batch_size: 1000, batches_limit: 4 }

const write = async (db, count, times) => {
  for (let turn = 0; turn < times; turn++) {
    for (let from = 0; from < count; from += 500) {
      const ids = Array.from({ length: Math.min(500, count - from) }, (_, n) => name(from + n))
      const held = await db.allDocs({ keys: ids, include_docs: true })
      await db.bulkDocs(held.rows.map((row, n) => {
        const before = row.doc ?? { _id: ids[n], ...product(from + n) }
        return { ...before, offer: before.offer - 100 }
      }))
    }
  }
}

run({
  serve: async () => {
    const cli = require.resolve('pouchdb-server/bin/pouchdb-server')
    const child = spawn(process.execPath, [cli, '--port', String(port), '--dir', dir, '--no-stdout-logs', '--config', `${dir}/config.json`, '--log', `${dir}/log.txt`], { stdio: 'inherit', cwd: dir })
    process.on('SIGTERM', () => child.kill())
    child.on('exit', code => process.exit(code ?? 0))
  },
  push: async () => {
    const db = local('a')
    const write_ms = await timed(() => write(db, docs, changes))
    const ms = await timed(() => db.replicate.to(remote(), options))
    await db.close()
    return { write_ms, ms }
  },
  pull: async () => {
    const db = local('b')
    const ms = await timed(() => db.replicate.from(remote(), options))
    const { doc_count } = await db.info()
    await db.close()
    if (doc_count !== docs) throw new Error(`${doc_count} documents`)
    return { ms }
  },
  noop: async () => {
    const db = local('b')
    const ms = await timed(() => db.sync(remote(), options))
    await db.close()
    return { ms }
  },
  converge: async () => {
    const stores = Array.from({ length: 6 }, (_, n) => local('c' + n))
    for (const db of stores) {
      await db.replicate.from(remote(), options)
      await write(db, docs, 1)
    }
    const ms = await timed(async () => {
      let moved = 1
      while (moved) {
        moved = 0
        await Promise.all(stores.map(async db => {
          const { push, pull } = await db.sync(remote(), options)
          moved += push.docs_written + pull.docs_written
        }))
      }
    })
    await Promise.all(stores.map(db => db.close()))
    return { ms }
  },
  fill: async () => {
    const db = local('f')
    await write(db, docs, 1)
    const ms = await timed(() => db.replicate.to(remote(), options))
    await db.close()
    return { ms }
  }
})
