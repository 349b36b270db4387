/** A server's log for tests: it signs heads and proves what is asked, by the recursive definitions (RFC 9162 section 2.1). */
import { toBase64url, toUtf8 } from '../../src/protocol/encoding'
import { toIdentifier } from '../../src/protocol/identifiers'
import { leafHash, treeRoot } from '../../src/protocol/merkle'
import { sodium } from '../../src/protocol/sodium'
import { publicKeyOf, sign } from '../../src/protocol/statements'
import type { LogHead } from '../../src/protocol/types'
import type { HttpAnswer, HttpRequest } from '../../src/session/platform'
import { NOW, random } from './device'

type Hash = Uint8Array

function split(size: number): number {
  let k = 1
  while (k * 2 < size) k *= 2
  return k
}

function inclusion(index: number, leaves: Hash[]): Hash[] {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return index < k ? [...inclusion(index, left), treeRoot(right)] : [...inclusion(index - k, right), treeRoot(left)]
}

function consistency(first: number, leaves: Hash[], whole = true): Hash[] {
  if (first === 0) return []
  if (first === leaves.length) return whole ? [] : [treeRoot(leaves)]
  const k = split(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return first <= k ? [...consistency(first, left, whole), treeRoot(right)] : [...consistency(first - k, right, false), treeRoot(left)]
}

export class LogServer {
  seed = random(32)
  log = toIdentifier('log', random(16))
  entries: string[] = []
  /** Paths that were asked for, and bodies of reports. */
  asked: string[] = []
  reports: unknown[] = []
  /** What it answers instead: a status, or no answer at all. */
  fails: (path: string) => 'nothing' | number | null = () => null

  get identity() {
    return { log: this.log, key: toBase64url(publicKeyOf(this.seed)) }
  }

  leaves(size = this.entries.length): Hash[] {
    return this.entries.slice(0, size).map((entry) => leafHash(toUtf8(entry)))
  }

  head(size = this.entries.length): LogHead {
    return { size, root: toBase64url(treeRoot(this.leaves(size))) }
  }

  append(count: number, named = 'entry'): this {
    for (let i = 0; i < count; i += 1) this.entries.push(`${named} ${this.entries.length}`)
    return this
  }

  fetch = async (path: string, { body }: HttpRequest): Promise<HttpAnswer> => {
    this.asked.push(path)
    const failing = this.fails(path)
    if (failing === 'nothing') throw new Error('no line')
    const answer = failing === null ? this.answer(new URL(path, 'https://test'), body) : { error: { code: 'not_found', message: '', remedy: '', reasons: [] } }
    return { status: failing ?? 200, bytes: async () => toUtf8(JSON.stringify(answer)) }
  }

  private answer({ pathname, searchParams }: URL, body?: Uint8Array): unknown {
    const number = (name: string) => Number(searchParams.get(name))
    if (pathname === '/api/log/head') return { head: sign('tree-head', { log: this.log, ...this.head(), at: NOW }, this.log, this.seed) }
    if (pathname === '/api/log/inclusion') return { proof: inclusion(number('index'), this.leaves(number('size'))).map(toBase64url) }
    if (pathname === '/api/log/consistency') return { proof: consistency(number('from'), this.leaves(number('to'))).map(toBase64url) }
    this.reports.push(JSON.parse(sodium().to_string(body!)))
    return {}
  }
}
