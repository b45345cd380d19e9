// Yjs over y-websocket: a document is a room, a room is a connection. The server keeps LevelDB (no fsync); a client keeps
// nothing on disk but what this script writes at its end.
import { readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { WebSocketServer } from 'ws'
import * as ws from 'ws'
import * as Y from 'yjs'
import { WebsocketProvider } from 'y-websocket'
import { args, name, product, run, timed, until } from './work.mjs'

const { step, port, dir, docs, changes, more } = args
const side = +more

const fresh = n => {
  const doc = new Y.Doc()
  const map = doc.getMap('product')
  doc.transact(() => { for (const [field, value] of Object.entries(product(n))) map.set(field, value) })
  return doc
}
const edit = doc => { const map = doc.getMap('product'); map.set('offer', map.get('offer') - 100) }
const vectors = list => list.map((doc, n) => [name(n), Buffer.from(Y.encodeStateVector(doc)).toString('base64')])
const same = (one, other) => {
  const a = Y.decodeStateVector(Buffer.from(one, 'base64'))
  const b = Y.decodeStateVector(Buffer.from(other, 'base64'))
  return a.size === b.size && [...a].every(([client, clock]) => b.get(client) === clock)
}
const agreed = async list => {
  const answer = await fetch(`http://127.0.0.1:${side}/`, { method: 'POST', body: JSON.stringify(vectors(list)) })
  return +(await answer.text()) === list.length
}
const connect = (doc, n) => new WebsocketProvider(`ws://127.0.0.1:${port}`, name(n), doc, {
  WebSocketPolyfill: ws.WebSocket, disableBc: true
})
// One after the other within a window, or the kernel's queue of connections overflows.
const connect_all = async list => {
  const providers = []
  for (let n = 0; n < list.length; n++) {
    providers.push(connect(list[n], n))
    if (n % 200 === 199) await until('', () => providers[n - 150].synced)
  }
  await until('', () => providers.every(provider => provider.synced))
  return providers
}
const keep = (file, list) => writeFileSync(`${dir}/${file}`, JSON.stringify(list.map(doc => Buffer.from(Y.encodeStateAsUpdate(doc)).toString('base64'))))
const kept = file => JSON.parse(readFileSync(`${dir}/${file}`)).map(state => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Buffer.from(state, 'base64'))
  return doc
})
const rooms = count => Array.from({ length: count }, () => new Y.Doc())

run({
  serve: async () => {
    process.env.YPERSISTENCE = `${dir}/server`
    const { docs: held, setupWSConnection } = await import('@y/websocket-server/utils')
    const server = http.createServer()
    new WebSocketServer({ server }).on('connection', setupWSConnection)
    http.createServer((request, answer) => {
      const body = []
      request.on('data', part => body.push(part)).on('end', () => {
        const wanted = JSON.parse(Buffer.concat(body).toString() || '[]')
        const equal = wanted.filter(([room, vector]) => held.has(room) &&
          same(vector, Buffer.from(Y.encodeStateVector(held.get(room))).toString('base64')))
        answer.end(String(equal.length))
      })
    }).listen(side, '127.0.0.1').keepAliveTimeout = 600_000
    server.listen(port, '127.0.0.1')
  },
  push: async () => {
    let list
    const write_ms = await timed(async () => {
      list = Array.from({ length: docs }, (_, n) => fresh(n))
      for (let turn = 1; turn < changes; turn++) list.forEach(edit)
    })
    const ms = await timed(async () => { await connect_all(list); await until('', () => agreed(list)) })
    return { write_ms, ms }
  },
  pull: async () => {
    const list = rooms(docs)
    const ms = await timed(async () => {
      await connect_all(list)
      await until('', () => list.every(doc => doc.getMap('product').size === 5))
      await until('', () => agreed(list))
    })
    keep('b.json', list)
    return { ms }
  },
  noop: async () => {
    const list = kept('b.json')
    const ms = await timed(async () => { await connect_all(list); await until('', () => agreed(list)) })
    return { ms }
  },
  converge: async () => {
    const stores = Array.from({ length: 6 }, () => kept('b.json'))
    stores.forEach(list => list.forEach(edit))
    const ms = await timed(async () => {
      await Promise.all(stores.map(connect_all))
      await until('', async () => {
        for (const list of stores) if (!(await agreed(list))) return false
        return true
      })
    })
    return { ms }
  },
  // A room is a connection: the limit of open files ends this before memory does, so each hundredth holds a hundred products.
  fill: async () => {
    const list = Array.from({ length: Math.ceil(docs / 100) }, (_, room) => {
      const doc = new Y.Doc()
      for (let n = 0; n < 100; n++) {
        const map = doc.getMap('product-' + n)
        for (const [field, value] of Object.entries(product(room * 100 + n))) map.set(field, value)
      }
      return doc
    })
    const ms = await timed(async () => { await connect_all(list); await until('', () => agreed(list)) })
    return { ms }
  }
})
