/** A server that breaks its document in every way, for the test of what overhears it. */

import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { gzipSync } from 'node:zlib'
import { openApi } from '../../../src/emit/openapi/openapi.ts'
import { buildModel } from '../../../src/model/build.ts'
import { gallery } from '../../support/gallery.ts'
import { cert, key } from './certificate.ts'

const json = { 'content-type': 'application/json', 'x-request-id': 'liar' }
const document = openApi(buildModel(gallery))
const unjudged = { content: { 'application/json': { schema: { word: 'that nobody knows' } } } }
const paths = { ...document.paths, '/api/v1/unjudged': { get: { responses: { 200: unjudged } } } }
const text = JSON.stringify({ ...document, paths })
const coded = { ...json, 'content-encoding': 'gzip' }

const lies: Readonly<Record<string, RequestListener>> = {
  '/openapi.json': (_, response) => response.writeHead(200, json).end(text),
  '/api/v1/rooms': (_, response) => response.writeHead(200, json).end('{"data":1}'),
  '/api/v1/rooms?coded': (_, response) => response.writeHead(200, coded).end(gzipSync('[]')),
  '/api/v1/rooms?status': (_, response) => response.writeHead(207, json).end('{}'),
  '/api/v1/rooms?type': (_, response) =>
    response.writeHead(200, { ...json, 'content-type': 'text/html' }).end('<p>'),
  '/api/v1/rooms?header': (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  '/api/v1/unjudged': (_, response) => response.writeHead(200, json).end('{}'),
  '/api/v1/undescribed': (_, response) => {
    response.writeHead(200, json)
    response.write('{')
    response.end('}')
  },
  '/elsewhere?undecodable': (_, response) => response.writeHead(200, coded).end('no gzip'),
  '/elsewhere': (_, response) => response.writeHead(404, json).end('{}'),
  '/elsewhere?right': (_, response) => response.writeHead(200, json).end('{}'),
}

const answer: RequestListener = (request, response) => lies[request.url ?? '']!(request, response)
const servers = [createServer(answer), createTlsServer({ cert, key }, answer)]
servers[0]!.on('clientError', (_, socket) => {
  socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
})
let listening = 0
for (const server of servers)
  server.listen(0, '127.0.0.1', () => {
    listening += 1
    if (listening < servers.length) return
    const ports = servers.map(each => Object(each.address()).port)
    process.send?.(ports)
  })
process.once('message', () => process.exit())
