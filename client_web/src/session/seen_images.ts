/**
 * What this device has had open or sent, as perceptual hashes, so that a screenshot or a part of it that comes back as a "new" picture is recognised (SPEC S13).
 * They stay here, sealed: whoever had them could tell which images are the same.
 */
import { fromBase64url, toBase64url } from '../protocol/encoding'
import type { DeviceContext } from './device_context'
import type { Edit, SeenImage } from './records'
import { agreement, ENOUGH } from './recognition/agreement'
import type { Grey } from './recognition/grey'
import { COMPARED, hashesOf, hashOf, REMEMBERED } from './recognition/image_hash'
import { pack, unpack } from './recognition/packed_hash'
import type { SeenView } from './session'

/** The most recent; about 8 kB each. */
export const MOST_SEEN = 300
export const LONGEST_SEEN_MS = 365 * 86_400_000
/** Keypoints. With fewer nothing could be recognised. */
const FEWEST = 10
/** So many are compared at a time, between which the screen may be drawn. */
const AT_ONCE = 20

const breath = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

export class SeenImages {
  constructor(private readonly context: DeviceContext) {}

  /** Of a disclosure that this device knows. Once an image: its preview shows less, so that the picture takes its place. */
  async remember(disclosure: string, grey: Grey): Promise<void> {
    const known = this.context.records.get('disclosure', disclosure)
    if (known === null) return
    await breath()
    const { thread, statement: { consent, preview_of, image: { image, subject } } } = known
    const former = this.context.records.get('seen-image', image)
    const hash = former === null || (former.fromPreview && preview_of === null) ? packed(grey) : former.hash
    if (hash === null) return
    const fromPreview = preview_of !== null && former?.fromPreview !== false
    const put: SeenImage = { image, fromPreview, disclosure: preview_of ?? disclosure, thread, consent, subject, at: this.context.clock.now(), hash }
    await this.context.records.write([{ kind: 'seen-image', put }, ...this.tooMany(image)])
  }

  /** The oldest beyond `MOST_SEEN` with a new one, and all older than a year. */
  private tooMany(added: string): Edit[] {
    const others = this.context.records.all('seen-image').filter(({ image }) => image !== added).sort((a, b) => b.at - a.at)
    const oldest = this.context.clock.now() - LONGEST_SEEN_MS
    return others.filter(({ at }, n) => n >= MOST_SEEN - 1 || at < oldest).map(({ image }) => ({ kind: 'seen-image', remove: image }))
  }

  /** Of several, the one with which most agrees. */
  async recognise(grey: Grey): Promise<SeenView | null> {
    const compared = hashesOf(grey, COMPARED)
    let [best, most] = [null as SeenImage | null, ENOUGH]
    for (const [n, seen] of this.context.records.all('seen-image').entries()) {
      if (n % AT_ONCE === 0) await breath()
      const remembered = unpack(fromBase64url(seen.hash))
      const agreeing = Math.max(...compared.map((one) => agreement(remembered, one)))
      if (agreeing >= most) [best, most] = [seen, agreeing]
    }
    return best === null ? null : this.view(best)
  }

  private view({ hash: _, ...seen }: SeenImage): SeenView {
    const { records } = this.context
    return { ...seen, open: records.get('disclosure', seen.disclosure)?.state === 'live' && records.get('thread', seen.thread)?.group != null }
  }
}

function packed(grey: Grey): string | null {
  const hash = hashOf(grey, REMEMBERED)
  return hash.x.length < FEWEST ? null : toBase64url(pack(hash))
}
