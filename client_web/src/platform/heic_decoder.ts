import type { HeicAnswer, HeicAsked } from './heic_worker'
import address from './heic_worker?worker&url'

/** The one script address that this policy lets through (Trusted Types). Named in the server's Content-Security-Policy. */
interface ScriptPolicies { createPolicy(name: string, rules: { createScriptURL(): string }): { createScriptURL(input: string): string } }
const policies = (globalThis as { trustedTypes?: ScriptPolicies }).trustedTypes
let script: string | null = null
/** Made once, when first needed: a name can be given once. */
const scriptAddress = () => (script ??= policies?.createPolicy('heic-worker', { createScriptURL: () => address }).createScriptURL('') ?? address)

/** Upright. `stopped` ends the work at once; it is then never answered. */
export function decodeHeic(asked: HeicAsked, stopped: AbortSignal): Promise<HeicAnswer> {
  const worker = new Worker(scriptAddress(), { type: 'module' })
  stopped.addEventListener('abort', () => worker.terminate())
  return new Promise<HeicAnswer>((resolve) => {
    worker.addEventListener('message', ({ data }: MessageEvent<HeicAnswer>) => resolve(data))
    worker.addEventListener('error', () => resolve('not_loaded'))
    worker.postMessage(asked, [asked.bytes.buffer])
  }).finally(() => worker.terminate())
}
