/** May this image be filed in an organisation's medical record, by this person, now? (SPEC S12.3). Pure. */
import { isValid, standing } from './attestations'
import { decide, type Decision } from './decision'
import { hash, toUtf8 } from './encoding'
import { RECORD_LOCATION } from './labels'
import type { Policy } from './policy'
import type { ImageDescriptor, Reason, RecipientPerson, Scope, ThreadDescriptor } from './types'

/** `recorder`: who recorded the consent's first version. Attestations were verified before. */
export interface FilingQuestion {
  scope: Scope | null; policy: Policy | null; thread: ThreadDescriptor; filer: RecipientPerson; recorder: RecipientPerson; organisation: string
  image: ImageDescriptor; now: number
}

/** All of S5.4 with the filer alone, then that it is for care, that the filer works where it is filed, and that the consent goes there. */
export function decideFiling({ scope, policy, thread, filer, recorder, organisation, image, now }: FilingQuestion): Decision {
  const seen = decide(scope, policy, thread, [filer], image, now).reasons
  const reasons = scope === null ? seen : [...seen, ...aboutRecord(scope, thread, filer, recorder, organisation, now)]
  return { permit: reasons.length === 0, reasons }
}

function aboutRecord(scope: Scope, { purpose }: ThreadDescriptor, filer: RecipientPerson, recorder: RecipientPerson, organisation: string, now: number): Reason[] {
  const works = standing(filer.attestations, filer.person).some((one) => one.organisation === organisation && isValid(one, now))
  return [
    ...(purpose === 'direct-care-advice' ? [] : [{ code: 'not_for_care', who: null, remedy: 'choose_other_thread' } as const]),
    ...(works ? [] : [{ code: 'filer_not_of_organisation', who: filer.person, remedy: 'ask_who_works_there' } as const]),
    ...(isRecordCovered(scope, recorder, organisation) ? [] : [{ code: 'record_not_covered', who: null, remedy: 'ask_patient' } as const]),
  ]
}

/** Where the patient is treated, or where the consent says: it names the organisation, or its record. */
export function isRecordCovered({ recipients }: Scope, recorder: RecipientPerson, organisation: string): boolean {
  const treating = standing(recorder.attestations, recorder.person).some((one) => one.organisation === organisation)
  return treating || recipients.some((entry) => (entry.kind === 'organisation' || entry.kind === 'record') && entry.organisation === organisation)
}

/** By which a receipt names a place in the record without telling it (S12.8). */
export function locationHash(location: string): Uint8Array {
  return hash(RECORD_LOCATION, toUtf8(location))
}
