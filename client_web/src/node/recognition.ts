/** The recognition of seen images as a filter, for `make recognition`. Lines `{remember|compare, file, width, height}` in (files of grey bytes), one line out for each. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { agreement, ENOUGH } from '../session/recognition/agreement'
import { COMPARED, hashesOf, hashOf, REMEMBERED, type ImageHash } from '../session/recognition/image_hash'
import { pack } from '../session/recognition/packed_hash'

interface Asked { remember?: string; compare?: string; only?: string[]; file: string; width: number; height: number }
/** Milliseconds of this process's own work, whatever else the machine does. */
const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
const remembered = new Map<string, ImageHash>()

for await (const line of createInterface({ input: process.stdin })) {
  const { remember, only, file, width, height } = JSON.parse(line) as Asked
  const grey = { width, height, values: Float32Array.from(readFileSync(file)) }
  const start = used()
  if (remember !== undefined) {
    const hash = hashOf(grey, REMEMBERED)
    remembered.set(remember, hash)
    process.stdout.write(`${JSON.stringify({ hashed: used() - start, bytes: pack(hash).length, enough: ENOUGH })}\n`)
    continue
  }
  const hashes = hashesOf(grey, COMPARED)
  const hashed = used() - start
  const found: Record<string, number> = {}
  for (const [name, hash] of remembered) {
    if (only === undefined || only.includes(name)) found[name] = Math.max(...hashes.map((compared) => agreement(hash, compared)))
  }
  process.stdout.write(`${JSON.stringify({ hashed, compared: used() - start - hashed, found })}\n`)
}
