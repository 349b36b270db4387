/**
 * The passkeys of this device (SPEC S2.2, S2.3): made, tried once, and kept only if they open; then any of them opens the keystore's
 * copy. Who may add or remove one is asked before (`create_session.ts`).
 */
import { toBase64url } from '../protocol/encoding'
import { sodium } from '../protocol/sodium'
import { SessionFailure } from './failure'
import type { Secrets } from './keystore'
import { handleOf, newSalt, openCopy, readCopies, sealCopy, writeCopies, type Copies } from './passkey_copies'
import type { Authenticator, MadePasskey, Platform } from './platform'

/** A passkey that unlocks this device. `label`: what its person called it. */
export interface PasskeyView { passkey: string; label: string; addedAt: number }
/** Made, and not tried yet. */
interface Making { made: MadePasskey; label: string; salt: Uint8Array }

export class Passkeys {
  private copies: Copies | null = null
  private making: Making | null = null

  constructor(private readonly platform: Pick<Platform, 'storage' | 'authenticator' | 'random' | 'now'>) {}

  /** Another tab may have changed them meanwhile. */
  async load(): Promise<void> {
    this.copies = await readCopies(this.platform.storage)
  }

  get views(): PasskeyView[] {
    return (this.copies?.passkeys ?? []).map(({ credential, label, added_at }) => ({ passkey: credential, label, addedAt: added_at }))
  }

  private get authenticator(): Authenticator {
    if (this.platform.authenticator === undefined) throw new SessionFailure('passkey_unavailable', 'Passkeys cannot unlock here.', 'use_passphrase')
    return this.platform.authenticator
  }

  /** Throws `passkey_without_prf` for one that is of no use here. */
  async make(label: string): Promise<void> {
    this.drop()
    await this.load()
    const salt = this.copies?.salt ?? newSalt(this.platform.random)
    const made = await this.authenticator.make(label, salt, (this.copies?.passkeys ?? []).map(handleOf))
    this.making = { made, label, salt }
    if (!made.prf) throw this.useless()
  }

  private useless(): SessionFailure {
    this.drop()
    return new SessionFailure('passkey_without_prf', 'This passkey cannot unlock this device.', 'use_another')
  }

  /** Asks the passkey that was made once more, and keeps a copy of `secrets()` for it. Cancelled, it can be tried again. */
  async keep(secrets: () => Secrets): Promise<void> {
    const { making } = this
    if (making === null) throw givenUp()
    const { value } = await this.authenticator.evaluate([making.made], making.salt)
    try {
      const keys = secrets()
      if (this.making !== making) throw givenUp()
      if (value === null || differs(making.made.value, value)) throw this.useless()
      await this.store(making, value, keys)
    } finally {
      value?.fill(0)
    }
    this.forgetMaking()
  }

  private async store({ made, label, salt }: Making, value: Uint8Array, secrets: Secrets): Promise<void> {
    const copy = sealCopy(secrets, value, salt, { ...made, label, addedAt: this.platform.now() }, this.platform.random)
    if (copy === null) throw this.useless()
    const copies = { salt, passkeys: [...(this.copies?.passkeys ?? []), copy] }
    await writeCopies(this.platform.storage, copies)
    this.copies = copies
  }

  /** Whatever is asked just now is asked no longer. */
  cancel(): void {
    this.platform.authenticator?.cancel()
  }

  /** What is being made, or was made and is not kept: its keeper is told. */
  drop(): void {
    this.cancel()
    if (this.making !== null) this.platform.authenticator?.disown(this.making.made.credential)
    this.forgetMaking()
  }

  private forgetMaking(): void {
    this.making?.made.value?.fill(0)
    this.making = null
  }

  async remove(passkey: string): Promise<void> {
    await this.load()
    const gone = this.copies?.passkeys.find(({ credential }) => credential === passkey)
    if (this.copies === null || gone === undefined) return
    const copies = { ...this.copies, passkeys: this.copies.passkeys.filter((copy) => copy !== gone) }
    await writeCopies(this.platform.storage, copies)
    this.copies = copies.passkeys.length === 0 ? null : copies
    this.platform.authenticator?.disown(handleOf(gone).credential)
  }

  /** One ceremony, with whichever of them its person takes. Throws `passkey_unfit` where it opens nothing here. */
  async open(): Promise<Secrets> {
    await this.load()
    if (this.copies === null) throw unfit()
    const { salt, passkeys } = this.copies
    const { credential, value } = await this.authenticator.evaluate(passkeys.map(handleOf), salt)
    try {
      const copy = passkeys.find((one) => one.credential === toBase64url(credential))
      const secrets = copy === undefined || value === null ? null : openCopy(copy, value, salt)
      if (secrets === null) throw unfit()
      return secrets
    } finally {
      value?.fill(0)
    }
  }

  /** The device was erased: what opened it opens nothing any more. */
  clear(): void {
    for (const copy of this.copies?.passkeys ?? []) this.platform.authenticator?.disown(handleOf(copy).credential)
    this.copies = null
    this.forgetMaking()
  }
}

/** Some answer otherwise when they are made than ever after. */
function differs(told: Uint8Array | null, value: Uint8Array): boolean {
  return told !== null && (told.length !== value.length || !sodium().memcmp(told, value))
}

function givenUp(): SessionFailure {
  return new SessionFailure('passkey_cancelled', 'There is no new passkey.', 'try_again')
}

function unfit(): SessionFailure {
  return new SessionFailure('passkey_unfit', 'This passkey does not open this device.', 'use_passphrase')
}
