/** Whether an image is in a record, as its hospital's own gateway says (SPEC S12.9). The server's word alone counts for nothing. */
import { fromBase64url, toBase64url } from '../protocol/encoding'
import { parseEnvelope, statementHash, verify } from '../protocol/statements'
import type { Filing, FilingReceipt, Gateway } from '../protocol/types'
import type { People } from './people'
import type { Disclosure, Filed } from './records'

/** The statements of a tombstone, as the server told them. */
export interface FiledStatements { gateway: unknown; filing: unknown; receipt: unknown }

/** Where and when this disclosure was filed, or null when that is not proven. */
export async function provenFiled(people: People, disclosure: Disclosure | null, told: FiledStatements | undefined): Promise<Filed | null> {
  if (disclosure === null || told === undefined) return null
  try {
    const envelope = parseEnvelope(told.filing)
    const device = envelope.signatures[0]!.keyid
    await people.ensure([], [device])
    const gateway = people.gateway(parseEnvelope(told.gateway))
    const filer = people.device(device)?.certificate
    if (gateway === null || filer === undefined) return null
    const filing = verify(envelope, 'filing', device, fromBase64url(filer.device_key))
    const receipt = verify(told.receipt, 'filing-receipt', gateway.gateway, fromBase64url(gateway.signing_key))
    const proven = filing.person === filer.person && receipt.statement === toBase64url(statementHash(envelope))
      && isOf(filing, disclosure) && agrees(receipt, filing, gateway)
    return proven ? { organisation: gateway.organisation, at: receipt.at } : null
  } catch {
    return null
  }
}

function isOf(filing: Filing, { disclosure, thread, envelope }: Disclosure): boolean {
  return filing.disclosure === disclosure && filing.thread === thread && filing.disclosed === toBase64url(statementHash(envelope))
}

function agrees(receipt: FilingReceipt, filing: Filing, gateway: Gateway): boolean {
  return receipt.outcome === 'filed' && receipt.filing === filing.filing && receipt.disclosure === filing.disclosure
    && [receipt, filing].every((said) => said.gateway === gateway.gateway && said.organisation === gateway.organisation)
    && gateway.valid_from <= receipt.at && receipt.at < gateway.valid_until
}
