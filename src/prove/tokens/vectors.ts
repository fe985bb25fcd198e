/** Tokens that must not be accepted (RFC 8725), each with the name of its trick. */

import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { encoded, type Genuine, type Members, type OwnKey } from './forge.ts'

export interface Vector {
  readonly name: string
  readonly token: string
}

const attacker = generateKeyPairSync('ed25519')
const attackerJwk = attacker.publicKey.export({ format: 'jwk' })

function named(tokens: Readonly<Record<string, string>>): readonly Vector[] {
  return Object.entries(tokens).map(([name, token]) => ({ name, token }))
}

function signedBy(make: (text: Buffer) => Buffer, header: Members, payload: Members): string {
  const text = `${encoded(header)}.${encoded(payload)}`
  return `${text}.${make(Buffer.from(text)).toString('base64url')}`
}

/** Signed by nobody, by a shared secret that is none, or by a key that the token itself brings. */
export function keyVectors({ header, payload, parts }: Genuine): readonly Vector[] {
  const unsigned = (alg: string) => `${encoded({ ...header, alg })}.${parts[1]}.`
  const hmac = (secret: string, alg = 'HS256') =>
    signedBy(
      text => createHmac(alg.replace('HS', 'sha'), secret).update(text).digest(),
      { ...header, alg },
      payload,
    )
  const own = (members: Members) =>
    signedBy(text => sign(null, text, attacker.privateKey), { ...header, ...members }, payload)
  const withoutKid = Object.fromEntries(Object.entries(header).filter(([name]) => name !== 'kid'))
  return named({
    'alg none': unsigned('none'),
    'alg None': unsigned('None'),
    'alg NONE': unsigned('NONE'),
    'alg empty': unsigned(''),
    'alg none, signature kept': `${encoded({ ...header, alg: 'none' })}.${parts[1]}.${parts[2]}`,
    'HS256 with a blank secret': hmac(''),
    'HS256 with the key id': hmac(String(header['kid'])),
    'HS256 with a usual secret': hmac('secret'),
    'HS512 with a usual secret': hmac('changeme', 'HS512'),
    'a foreign key under our kid': own({}),
    'a foreign key in jwk': own({ jwk: attackerJwk }),
    'a foreign key in jwk without kid': signedBy(
      text => sign(null, text, attacker.privateKey),
      { ...withoutKid, jwk: attackerJwk },
      payload,
    ),
    'a foreign key in jku': own({ jku: 'http://127.0.0.1:9/jwks.json' }),
    'a foreign key in x5u': own({ x5u: 'http://127.0.0.1:9/cert.pem' }),
    'a kid that is a path': own({ kid: '../../../../dev/null' }),
    'a kid that is SQL': own({ kid: "' union select 'x" }),
    'a kid that is a number': own({ kid: 1 }),
    'a kid that is unknown': own({ kid: randomUUID() }),
    'no kid': signedBy(text => sign(null, text, attacker.privateKey), withoutKid, payload),
    'alg RS256 over an EdDSA signature': `${encoded({ ...header, alg: 'RS256' })}.${parts[1]}.${parts[2]}`,
    'alg ES256 over an EdDSA signature': `${encoded({ ...header, alg: 'ES256' })}.${parts[1]}.${parts[2]}`,
  })
}

/** The order of the group of Ed25519: a signature with it added is another text for the same. */
const groupOrder = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n

/** Our own signature, and yet not the token that we wrote. */
export function formVectors({ payload, parts }: Genuine): readonly Vector[] {
  const [header, body, signature] = parts
  const altered = encoded({ ...payload, sub: randomUUID() })
  const short = Buffer.from(signature, 'base64url').subarray(0, 32).toString('base64url')
  return named({
    'another payload': `${header}.${altered}.${signature}`,
    'no signature': `${header}.${body}.`,
    'two parts': `${header}.${body}`,
    'four parts': `${header}.${body}.${signature}.${signature}`,
    'half a signature': `${header}.${body}.${short}`,
    'a signature of zeros': `${header}.${body}.${Buffer.alloc(64).toString('base64url')}`,
    'a padded signature': `${header}.${body}.${signature}==`,
    'another spelling of the last character': `${header}.${body}.${otherSpelling(signature)}`,
    'another signature of the same': `${header}.${body}.${malleated(signature)}`,
    'a blank in the payload': `${header}.${body.slice(0, 4)} ${body.slice(4)}.${signature}`,
    'base64 instead of base64url': `${header}.${Buffer.from(body, 'base64url').toString('base64')}=.${signature}`,
    'a payload that is no JSON': `${header}.${encoded('sub')}.${signature}`,
    nothing: '',
    'only dots': '..',
  })
}

/** The last character of 64 bytes in base64url has four bits that mean nothing. */
function otherSpelling(signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(signature.at(-1)!)
  return signature.slice(0, -1) + alphabet[(last & 0b110000) | ((last + 1) & 0b001111)]!
}

function malleated(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url')
  const scalar = BigInt(`0x${Buffer.from(bytes.subarray(32).toReversed()).toString('hex')}`)
  const other = (scalar + groupOrder).toString(16).padStart(64, '0')
  const changed = Buffer.concat([bytes.subarray(0, 32), Buffer.from(other, 'hex').toReversed()])
  return changed.toString('base64url')
}

/** Signed by a key of ours: only what they say is wrong. */
export function claimVectors({ header, payload }: Genuine, key: OwnKey): readonly Vector[] {
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const claims = (changed: Members) => key.sign(header, { ...payload, ...changed })
  const headed = (changed: Members) => key.sign({ ...header, ...changed }, payload)
  return named({
    'an expired one': claims({ iat: nowSeconds - 600, exp: nowSeconds - 1 }),
    'one without end': claims({ exp: undefined }),
    'one whose end is a text': claims({ exp: String(nowSeconds + 300) }),
    'one that is not valid yet': claims({ nbf: nowSeconds + 300 }),
    'one of another issuer': claims({ iss: 'https://elsewhere.example' }),
    'one without issuer': claims({ iss: undefined }),
    'one for another audience': claims({ aud: 'https://elsewhere.example' }),
    'one without audience': claims({ aud: undefined }),
    'one without subject': claims({ sub: undefined }),
    'one whose subject is no id': claims({ sub: "' or true --" }),
    "one of somebody else's session": claims({ sub: randomUUID() }),
    'one without session': claims({ sid: undefined }),
    'one of an unknown session': claims({ sid: randomUUID() }),
    'an id token': headed({ typ: 'JWT' }),
    'one without type': headed({ typ: undefined }),
    'one with an extension that nobody knows': headed({ crit: ['exotic'], exotic: true }),
    'one whose payload is not encoded': headed({ crit: ['b64'], b64: false }),
  })
}
