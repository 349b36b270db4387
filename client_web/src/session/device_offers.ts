/** Putting a device beside this one, the first (SPEC S4.9): its link, the proof of what asked by it, the number that its owner types, the certificate. */
import { deviceLinkCommitment, deviceLinkFragment, deviceLinkNumber, deviceLinkPin, deviceLinkToken, deviceLinkTokenHash, isDeviceLinkProof, type AskingDevice } from '../protocol/device_link'
import { fromBase64url, toBase64url } from '../protocol/encoding'
import { sign, type Envelope } from '../protocol/statements'
import { seedOf, type DeviceContext } from './device_context'
import { CERTIFICATE_MS, CLOCK_MARGIN_MS } from './enrolment'
import { SessionFailure } from './failure'
import type { DeviceOffer } from './records'
import type { DeviceOfferView } from './session'

const LOOK_MS = 1_500
const MOST_WRONG = 3

type Asking = NonNullable<DeviceOffer['asking']>
interface Offered { token_hash: string; state: string; expires_at: number; asking?: { device: string; device_key: string; label: string; proof: string } }

export class DeviceOffers {
  private timer: ReturnType<typeof setTimeout> | null = null
  private closed = false

  /** `added`: is told of each that was certified. */
  constructor(private readonly context: DeviceContext, private readonly added: (device: string) => Promise<void>) {}

  /** Whether this device holds the identity key. */
  get mayAdd(): boolean {
    return this.context.secrets.identityKey.length > 0
  }

  private get identityKey(): Uint8Array {
    return this.context.secrets.identityKey.subarray(32)
  }

  private get offer(): DeviceOffer | null {
    return this.context.records.get('device-offer', 'self')
  }

  view(): DeviceOfferView | null {
    const { offer } = this
    if (offer === null) return null
    const { link, expiresAt, state, asking, wrong } = offer
    return { link, expiresAt, state, label: asking?.label ?? null, device: asking?.device ?? null, triesLeft: MOST_WRONG - wrong }
  }

  /** A new link, in place of any before. Throws `too_large` where there is room for no further device, `rate_limited`. */
  async begin(): Promise<void> {
    const { platform, account, transport } = this.context
    const [secret, opened] = [platform.random(32), platform.random(32)]
    const commitment = deviceLinkCommitment(opened)
    const pin = deviceLinkPin({ organisationKey: fromBase64url(account.organisationKey), identityKey: this.identityKey, organisation: account.organisation, person: account.person, commitment })
    const tokenHash = toBase64url(deviceLinkTokenHash(deviceLinkToken(secret)))
    const { expires_at: expiresAt } = await transport.post<{ expires_at: number }>('/api/device-links', { token_hash: tokenHash, commitment: toBase64url(commitment) })
    const link = `${platform.origin}/#/device/${deviceLinkFragment(secret, pin)}`
    await this.keep({ id: 'self', secret: toBase64url(secret), opened: toBase64url(opened), tokenHash, link, expiresAt, state: 'open', asking: null, revealed: false, certificate: null, wrong: 0 })
    this.lookLater()
  }

  /** Goes on with one that was made before a reload. */
  resume(): void {
    if (this.timer === null) this.lookLater(0)
  }

  close(): void {
    this.closed = true
    if (this.timer !== null) clearTimeout(this.timer)
  }

  private async keep(offer: DeviceOffer): Promise<void> {
    await this.context.records.write([{ kind: 'device-offer', put: offer }])
    this.context.changed('devices', null)
  }

  private lookLater(wait = LOOK_MS): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    const waits = this.offer !== null && (this.offer.state === 'open' || this.offer.state === 'asked')
    if (this.closed || !waits) return
    this.timer = setTimeout(() => void this.look().catch(() => undefined).finally(() => this.lookLater()), wait)
  }

  private look(): Promise<void> {
    return this.context.mutex.run('device offer', async () => {
      const { offer } = this
      if (offer === null || (offer.state !== 'open' && offer.state !== 'asked')) return
      if (this.context.clock.now() >= offer.expiresAt) return this.keep({ ...offer, state: 'over' })
      if (offer.state === 'open') await this.hear(offer)
      else if (!offer.revealed) await this.reveal(offer)
    })
  }

  private async hear(offer: DeviceOffer): Promise<void> {
    const { link } = await this.context.transport.get<{ link: Offered | null }>('/api/device-links')
    if (link === null || link.token_hash !== offer.tokenHash || link.asking === undefined) return
    const { device, device_key: deviceKey, label, proof } = link.asking
    const asking: Asking = { device, deviceKey, label, proof }
    if (!isDeviceLinkProof(fromBase64url(proof), fromBase64url(offer.secret), this.identityKey, this.context.account.person, raw(asking))) return this.end(offer, 'not_proven')
    const met: DeviceOffer = { ...offer, state: 'asked', asking, expiresAt: link.expires_at }
    await this.keep(met)
    await this.reveal(met)
  }

  /** What asked is settled by now: nobody can look for another key with the same number. */
  private async reveal(offer: DeviceOffer): Promise<void> {
    await this.context.transport.post('/api/device-links/reveal', { opened: offer.opened })
    await this.keep({ ...offer, revealed: true })
  }

  private async end(offer: DeviceOffer, state: 'not_proven' | 'wrong_number' | 'given_up'): Promise<void> {
    await this.keep({ ...offer, state })
    await this.context.transport.delete('/api/device-links').catch(() => undefined)
  }

  /** Whatever asked by the link is not let in. */
  async giveUp(): Promise<void> {
    await this.context.mutex.run('device offer', async () => {
      if (this.offer !== null && (this.offer.state === 'open' || this.offer.state === 'asked')) await this.end(this.offer, 'given_up')
    })
  }

  /** What was told of one that came to its end is not told again. */
  async forget(): Promise<void> {
    await this.giveUp()
    await this.context.records.write([{ kind: 'device-offer', remove: 'self' }])
    this.context.changed('devices', null)
  }

  /** `typed`: the number that the new device shows. Throws `wrong_number`; after three the link has ended. */
  async confirm(typed: string): Promise<void> {
    await this.context.mutex.run('device offer', async () => {
      const { offer } = this
      if (offer?.state !== 'asked' || offer.asking === null) throw new SessionFailure('link_invalid', 'This link is not valid, or no longer.', 'show_new_code')
      const right = deviceLinkNumber(fromBase64url(offer.opened), fromBase64url(offer.asking.proof))
      if (typed.replace(/\s/g, '') !== right) return this.countWrong(offer)
      const certificate = offer.certificate ?? this.certified(offer.asking)
      // An answer may be lost: what is sent again is the very same.
      await this.keep({ ...offer, certificate })
      await this.context.transport.post('/api/devices', { device: certificate })
      await this.context.people.refresh([this.context.account.person])
      await this.keep({ ...offer, certificate, state: 'added' })
      await this.added(offer.asking.device)
    })
  }

  private async countWrong(offer: DeviceOffer): Promise<never> {
    const wrong = offer.wrong + 1
    if (wrong < MOST_WRONG) await this.keep({ ...offer, wrong })
    else await this.end({ ...offer, wrong }, 'wrong_number')
    throw new SessionFailure('wrong_number', 'That is not the number of the device that asks.', 'try_again')
  }

  /** Exactly what asked, under the identity key. */
  private certified({ device, deviceKey, label }: Asking): Envelope {
    const { account: { person }, clock, secrets } = this.context
    const now = clock.now()
    return sign('device', {
      device, person, device_key: deviceKey, identity_key: toBase64url(this.identityKey), created_at: now - CLOCK_MARGIN_MS, valid_until: now + CERTIFICATE_MS, label,
    }, person, seedOf(secrets.identityKey))
  }
}

function raw({ device, deviceKey, label }: Asking): AskingDevice {
  return { device, deviceKey: fromBase64url(deviceKey), label }
}
