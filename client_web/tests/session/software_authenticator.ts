/** An authenticator without a finger: passkeys whose function is an HMAC, as CTAP's `hmac-secret` is. */
import { toBase64url } from '../../src/protocol/encoding'
import { sodium } from '../../src/protocol/sodium'
import { SessionFailure } from '../../src/session/failure'
import type { Authenticator, MadePasskey, PasskeyHandle } from '../../src/session/platform'

export class SoftwareAuthenticator implements Authenticator {
  /** What its person does at the next ceremonies. */
  cancels = false
  hasFunction = true
  tellsWhenMade = true
  /** As some do that tell another value when a passkey is made. */
  tellsAnother = false
  readonly disowned: string[] = []
  readonly named: string[] = []
  ceremonies = 0
  private readonly secrets = new Map<string, Uint8Array>()

  async support() { return 'built-in' as const }

  private begin(): void {
    this.ceremonies += 1
    if (this.cancels) throw new SessionFailure('passkey_cancelled', '', 'try_again')
  }

  async make(name: string, salt: Uint8Array, present: PasskeyHandle[]): Promise<MadePasskey> {
    this.begin()
    if (present.some(({ credential }) => this.secrets.has(toBase64url(credential)))) throw new SessionFailure('passkey_known', '', 'use_passphrase')
    const credential = sodium().randombytes_buf(16)
    this.named.push(name)
    this.secrets.set(toBase64url(credential), sodium().randombytes_buf(32))
    const value = this.hasFunction && this.tellsWhenMade ? this.functionAt(credential, this.tellsAnother ? sodium().randombytes_buf(32) : salt) : null
    return { credential, transports: ['internal', 'hybrid'], prf: this.hasFunction, value }
  }

  functionAt(credential: Uint8Array, salt: Uint8Array): Uint8Array {
    return sodium().crypto_auth_hmacsha256(salt, this.secrets.get(toBase64url(credential))!)
  }

  async evaluate(passkeys: PasskeyHandle[], salt: Uint8Array) {
    this.begin()
    const mine = passkeys.find(({ credential }) => this.secrets.has(toBase64url(credential)))
    if (mine === undefined) throw new SessionFailure('passkey_cancelled', '', 'try_again')
    return { credential: mine.credential, value: this.hasFunction ? this.functionAt(mine.credential, salt) : null }
  }

  /** A passkey of the same name under another secret: what a forger, or another person's device, would answer by. */
  imitate(credential: string): void {
    this.secrets.set(credential, sodium().randombytes_buf(32))
  }

  cancelled = 0
  cancel() { this.cancelled += 1 }

  disown(credential: Uint8Array): void {
    this.disowned.push(toBase64url(credential))
  }
}
