/** Who asked to open an image or its preview, as the server lists them, each checked against the log (SPEC S10.4). */
import { fromBase64url, fromUtf8 } from '../protocol/encoding'
import type { DeviceContext } from './device_context'
import type { LogHeads } from './log_heads'
import { previewOf } from './previews'
import type { OpeningView } from './session'

const AT_ONCE = 8

interface Opening { person: string; at: number; outcome: string; log?: { index: number; body: string } }

/** Oldest first. What cannot be proven now, offline for one, is listed all the same, as not proven. */
export async function openingsOf(context: DeviceContext, log: LogHeads, disclosure: string): Promise<OpeningView[]> {
  const known = context.records.get('disclosure', disclosure)
  const preview = known === null ? null : previewOf(context, known)
  const views = await Promise.all([listed(context, log, disclosure, 'full'), ...(preview === null ? [] : [listed(context, log, preview.disclosure, 'preview')])])
  return views.flat().sort((a, b) => a.at - b.at)
}

async function listed({ transport, people }: DeviceContext, log: LogHeads, disclosure: string, rendition: OpeningView['rendition']): Promise<OpeningView[]> {
  const { openings } = await transport.get<{ openings: Opening[] }>(`/api/disclosures/${disclosure}/openings`)
  await people.ensure(openings.map(({ person }) => person))
  await log.refresh().catch(() => undefined)
  const views: OpeningView[] = []
  for (let i = 0; i < openings.length; i += AT_ONCE) {
    views.push(...await Promise.all(openings.slice(i, i + AT_ONCE).map(async (opening) => {
      const proven = await isProven(log, disclosure, opening).catch(() => false)
      return { person: people.view(opening.person), at: opening.at, outcome: opening.outcome, proven, rendition }
    })))
  }
  return views
}

async function isProven(log: LogHeads, disclosure: string, { person, at, outcome, log: entry }: Opening): Promise<boolean> {
  if (entry === undefined) return false
  const body = fromBase64url(entry.body)
  const said = JSON.parse(fromUtf8(body)) as Record<string, unknown>
  const agrees = said['event'] === 'open' && said['disclosure'] === disclosure && said['person'] === person && said['at'] === at
    && said['outcome'] === outcome && said['seq'] === entry.index + 1
  return agrees && log.includes(entry.index, body)
}
