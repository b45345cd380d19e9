// automerge-repo with the current Automerge: a WebSocket, files on disk (no fsync) on both sides. Its packaged server pins an
// old Automerge, so the server is made of the same library. A second client is told the documents' addresses beforehand:
// there is nothing that lists them.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { WebSocketServer } from 'ws'
import { Repo } from '@automerge/automerge-repo'
import { WebSocketClientAdapter, WebSocketServerAdapter } from '@automerge/automerge-repo-network-websocket'
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs'
import { args, product, run, timed, together, until } from './work.mjs'

const { step, port, dir, docs, changes, more } = args
const AT_ONCE = 200
// What both sides hold is asked beside the wire, so that it is not counted.
const side = +more

const list = () => `${dir}/../urls.json`
const repo = sub => new Repo({ storage: new NodeFSStorageAdapter(`${dir}/${sub}`) })
// A document asked for before the server is met counts as unavailable.
const connect = async repo => {
  const met = new Promise(resolve => repo.networkSubsystem.once('peer', resolve))
  repo.networkSubsystem.addNetworkAdapter(new WebSocketClientAdapter(`ws://127.0.0.1:${port}`))
  await met
}
const heads = handles => handles.map(handle => [handle.documentId, handle.heads().join()])

// How many of these the server holds at these heads.
const agreed = async handles => {
  const answer = await fetch(`http://127.0.0.1:${side}/`, { method: 'POST', body: JSON.stringify(heads(handles)) })
  return +(await answer.text()) === handles.length
}

const make = (repo, count, times) => {
  const handles = []
  for (let n = 0; n < count; n++) handles.push(repo.create(product(n)))
  edit(handles, times - 1)
  return handles
}
const edit = (handles, times) => {
  for (let turn = 0; turn < times; turn++) for (const handle of handles) handle.change(doc => { doc.offer -= 100 })
}
const find = async (repo, urls) => {
  const handles = []
  await together(urls.length, AT_ONCE, async n => { handles[n] = await repo.find(urls[n]) })
  return handles
}

run({
  serve: async () => {
    const server = http.createServer()
    const sockets = new WebSocketServer({ server })
    const serving = new Repo({
      network: [new WebSocketServerAdapter(sockets)],
      storage: new NodeFSStorageAdapter(`${dir}/server`),
      sharePolicy: async () => false
    })
    http.createServer((request, answer) => {
      const body = []
      request.on('data', part => body.push(part)).on('end', () => {
        const wanted = JSON.parse(Buffer.concat(body).toString() || '[]')
        const same = wanted.filter(([id, heads]) => {
          const handle = serving.handles[id]
          return handle?.isReady() && handle.heads().join() === heads
        })
        answer.end(String(same.length))
      })
    }).listen(side, '127.0.0.1').keepAliveTimeout = 600_000
    server.listen(port, '127.0.0.1')
  },
  push: async () => {
    const store = repo('a')
    let handles
    const write_ms = await timed(async () => { handles = make(store, docs, changes); await store.flush() })
    writeFileSync(list(), JSON.stringify(handles.map(handle => handle.url)))
    const ms = await timed(async () => { await connect(store); await until('', () => agreed(handles)) })
    return { write_ms, ms }
  },
  pull: async () => {
    const store = repo('b')
    const ms = await timed(async () => {
      await connect(store)
      const handles = await find(store, JSON.parse(readFileSync(list())))
      await until('', () => agreed(handles))
      await store.flush()
    })
    return { ms }
  },
  noop: async () => {
    const store = repo('b')
    const ms = await timed(async () => {
      await connect(store)
      const handles = await find(store, JSON.parse(readFileSync(list())))
      await until('', () => agreed(handles))
    })
    return { ms }
  },
  converge: async () => {
    const urls = JSON.parse(readFileSync(list()))
    const stores = []
    for (let n = 0; n < 6; n++) {
      cpSync(`${dir}/b`, `${dir}/c${n}`, { recursive: true })
      const offline = repo('c' + n)
      const handles = await find(offline, urls)
      edit(handles, 1)
      stores.push({ offline, handles })
    }
    const ms = await timed(async () => {
      await Promise.all(stores.map(({ offline }) => connect(offline)))
      await until('', async () => {
        for (const { handles } of stores) if (!(await agreed(handles))) return false
        return true
      })
    })
    return { ms }
  },
  fill: async () => {
    const store = repo('f')
    const handles = make(store, docs, 1)
    const ms = await timed(async () => { await connect(store); await until('', () => agreed(handles)) })
    return { ms }
  }
})
